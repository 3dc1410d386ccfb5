"""`incentives payout` as one group: the way to the file, what corrects it, and what goes to payroll and comes back."""

from orchestration.cli import corrections, payout, payroll

app = payout.app
app.add_typer(corrections.dispute, name="dispute")
app.command("adjust")(corrections.adjust)
app.command("hold")(corrections.hold)
app.command("release")(corrections.release)
app.command("holds")(corrections.list_holds)
app.command("limit")(corrections.limit)
app.command("gl")(payroll.gl)
app.command("deliver")(payroll.deliver)
app.command("acknowledge")(payroll.acknowledge)
app.add_typer(payroll.layout, name="layout")

__all__ = ["app"]
