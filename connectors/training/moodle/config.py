"""What company.yaml says of Moodle."""

from pydantic import Field

from connectors.config_base import SWEEP, DayOfMonth, HttpSourceConfig, Secret, Strict, Text
from connectors.training.moodle.streams import SPECS


class MoodleCredentials(Strict):
    token: Secret


class MoodleConfig(HttpSourceConfig):
    """Moodle. `courses` are the short names of the training plan; no other course is looked into."""

    specs = SPECS

    base_url: Text
    credentials: MoodleCredentials
    courses: list[str] = Field(min_length=1)
    functions: dict[str, str] = Field(
        default_factory=dict, description="a function of ours -> the site's own that answers the same"
    )
    path: str = "/webservice/rest/server.php"
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=SWEEP)
