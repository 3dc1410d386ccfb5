"""Places where a test may pull the plug.

A process started with `INCENTIVES_FAILPOINT=<name>` dies by SIGKILL when it reaches the failpoint of that name: no
`finally`, no flush, exactly what a power cut leaves behind. Without the variable a failpoint costs one comparison.

Names in use by the connectors: `after_land_part`, `before_manifest`, `after_manifest`, `after_land`,
`token_after_refresh_before_save`, `token_after_save`. Other rooms add theirs beside the code that they interrupt.
"""

import os
import signal

_ARMED = os.environ.get("INCENTIVES_FAILPOINT")


def failpoint(name: str) -> None:
    """Die here when this failpoint is armed, otherwise do nothing."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
