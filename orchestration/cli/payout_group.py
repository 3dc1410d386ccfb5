"""`incentives payout` as one group: the way to the file, and what corrects it."""

from orchestration.cli import corrections, payout

app = payout.app
app.add_typer(corrections.dispute, name="dispute")
app.command("adjust")(corrections.adjust)
app.command("hold")(corrections.hold)
app.command("release")(corrections.release)
app.command("holds")(corrections.list_holds)
app.command("limit")(corrections.limit)

__all__ = ["app"]
