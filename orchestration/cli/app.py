"""The command tree. Each group of commands has a module of its own."""

import typer

from orchestration.cli import (
    corrections,
    dictionary,
    explain,
    history,
    ledger,
    night,
    payout,
    plan,
    retention,
    review,
    sandbox,
    simulate,
    sources,
    statement,
)

app = typer.Typer(
    name="incentives",
    help="Performance scores and a payout file that payroll can trust. 绩效评分与奖金发放。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("nightly")(night.nightly)
app.command("dev")(night.dev)
app.command("close")(night.close)
app.command("rebuild")(night.rebuild)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(sources.app, name="sources")
app.command("extract")(sources.extract)
app.add_typer(payout.app, name="payout")
payout.app.add_typer(corrections.dispute, name="dispute")
payout.app.command("adjust")(corrections.adjust)
payout.app.command("hold")(corrections.hold)
payout.app.command("release")(corrections.release)
payout.app.command("holds")(corrections.list_holds)
payout.app.command("limit")(corrections.limit)
app.add_typer(ledger.audit, name="audit")
app.add_typer(ledger.ledger, name="ledger")
app.add_typer(retention.app, name="retention")
app.add_typer(plan.app, name="plan")
app.command("score")(plan.score)
app.command("simulate")(simulate.simulate)
app.command("review")(review.review)
app.command("dictionary")(dictionary.dictionary)
app.command("history-example")(history.history_example)
app.command("explain")(explain.explain)
app.command("statement")(statement.statement)
