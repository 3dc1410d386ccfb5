"""The company is cheap enough to build anew whenever somebody needs it. Measured in processor time: the clock on the
wall belongs to the neighbours as well.
"""

import subprocess
import sys
import time
from pathlib import Path

import orjson

from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import crm

ROOT = Path(__file__).resolve().parents[2]
BUILD = """
import resource, time
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
begin = time.process_time()
World(7, 0.25).extend_to(int(DEFAULT_CLOCK.timestamp()))
print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_quarter_of_the_full_company_takes_a_quarter_of_ten_seconds_and_of_500_megabytes() -> None:
    done = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, kilobytes = (float(word) for word in done.stdout.split())
    assert seconds < 10 / 4
    assert kilobytes < 500_000 / 4 + 50_000  # the interpreter and its modules come once


def test_a_page_of_two_hundred_leads_costs_less_than_five_milliseconds(world: World) -> None:
    now, leads = int(DEFAULT_CLOCK.timestamp()), world.leads[-200:]
    begin = time.process_time()
    for _ in range(20):
        orjson.dumps([crm.lead(entity, now) for entity in leads])
    assert (time.process_time() - begin) / 20 < 0.005
