"""One night's extraction: all sources side by side, and every stream ends in an outcome.

A vendor's fault never leaves here as an exception: it becomes the outcome of its stream. What stops a whole source (a
dead credential, a used-up quota) fails its remaining streams without asking again. Loads are handed to the caller as
they complete, one stream at a time.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.landing import sweep
from connectors.stream import (
    ExtractRequest,
    LandedLoad,
    OutcomeState,
    Source,
    StreamOutcome,
    StreamSpec,
    names_spec,
)
from connectors.window import plan_window

CursorKey = tuple[str, str, str]
OnLanded = Callable[[Sequence[LandedLoad], StreamSpec], None]
Progress = Callable[[StreamOutcome], None]


def extract_all(
    sources: Sequence[Source],
    *,
    as_of: datetime,
    cursors: Mapping[CursorKey, str | None],
    landing: Path,
    on_landed: OnLanded | None = None,
    progress: Progress | None = None,
) -> list[StreamOutcome]:
    """Extract every stream and account of the sources; returns one outcome each, in the sources' own order.

    `cursors` maps (source, stream, account) to the cursor of the last load taken in. `on_landed` is called with the
    loads of each stream that ended, in order (restricted name streams apart, with their own spec), under one lock, from
    the sources' threads; whatever it raises ends the run, because it is ours and not a vendor's. `progress` is called
    under the same lock when a stream ends.
    """
    lock = threading.Lock()
    sweep(landing)

    def report(outcome: StreamOutcome, spec: StreamSpec) -> None:
        with lock:
            if on_landed:
                for each in (spec, names_spec(spec)):
                    loads = [load for load in outcome.loads if each and load.stream == each.name]
                    if each and loads:
                        on_landed(loads, each)
            if progress:
                progress(outcome)

    jobs = [_SourceRun(source, as_of, cursors, landing, report) for source in sources]
    workers = sum(job.connections for job in jobs)
    if not jobs:
        return []
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="extract") as pool:
        started = [job.start(pool) for job in jobs]
        return [future.result() for futures in started for future in futures]


class _SourceRun:
    """The streams of one source: as many at a time as it has connections."""

    def __init__(
        self,
        source: Source,
        as_of: datetime,
        cursors: Mapping[CursorKey, str | None],
        landing: Path,
        report: Callable[[StreamOutcome, StreamSpec], None],
    ) -> None:
        self._source, self._as_of, self._cursors, self._landing = source, as_of, cursors, landing
        self._report = report
        self._stopped: SourceError | None = None
        self._ends: dict[tuple[str, str], Future[StreamOutcome]] = {}
        self.connections = source.connections

    def start(self, pool: ThreadPoolExecutor) -> list["Future[StreamOutcome]"]:
        """Queue every stream and account. Lanes, not single jobs, go to the pool, so no thread waits for another."""
        work = [(spec, account) for spec in self._source.specs.values() for account in self._source.accounts(spec.name)]
        work.sort(key=lambda job: job[0].tombstones_of is not None)
        futures: list[Future[StreamOutcome]] = [Future() for _ in work]
        self._ends = {(spec.name, account): future for (spec, account), future in zip(work, futures, strict=True)}
        queue = iter(zip(work, futures, strict=True))
        take = threading.Lock()
        for _ in range(self.connections):
            pool.submit(self._lane, queue, take)
        return futures

    def _lane(
        self, queue: Iterable[tuple[tuple[StreamSpec, str], "Future[StreamOutcome]"]], take: threading.Lock
    ) -> None:
        while True:
            with take:
                entry = next(iter(queue), None)
            if entry is None:
                return
            (spec, account), future = entry
            parent = self._ends.get((spec.tombstones_of or "", account))
            if parent:
                # A record read alive and deleted since is handed over before its deletion, or it would rise again.
                wait([parent])
            try:
                outcome = self._extract(spec, account)
                self._report(outcome, spec)
                future.set_result(outcome)
            except BaseException as error:  # noqa: BLE001 - handed to the caller through the future
                future.set_exception(error)

    def _extract(self, spec: StreamSpec, account: str) -> StreamOutcome:
        source = self._source
        outcome = StreamOutcome(source.name, spec.name, account, "failed")
        if self._stopped:
            message = f"not asked: the source stopped at {self._stopped.stream}: {self._stopped.message}"
            return replace(outcome, error_class=self._stopped.error_class, message=message)
        cursor = self._cursors.get((source.name, spec.name, account))
        try:
            window = plan_window(spec, source.calendar, cursor=cursor, as_of=self._as_of, overlap=source.overlap)
            request = ExtractRequest(spec, account, window, cursor, self._as_of)
            loads = tuple(source.extract(request, self._landing))
        except SourceError as error:
            named = SourceError(error.error_class, error.message, source=source.name, stream=spec.name)
            if error.stops_source:
                self._stopped = named
            return replace(outcome, error_class=error.error_class, message=error.message)
        except ConfigError as error:
            return replace(outcome, error_class=ErrorClass.BAD_REQUEST, message=str(error))
        except OSError as error:
            where = f"{error.strerror or type(error).__name__}: {error.filename or self._landing}"
            return replace(outcome, error_class=ErrorClass.RETRY, message=f"cannot land: {where}; free space, rerun")
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            # A record of a shape that the connector did not foresee. The text of such an error may quote the record.
            text = f"an answer has an unforeseen shape ({type(error).__name__} {_place(error)})"
            return replace(outcome, error_class=ErrorClass.CONTRACT, message=text)
        return _ended(outcome, spec, loads, self._as_of)


def _ended(outcome: StreamOutcome, spec: StreamSpec, loads: tuple[LandedLoad, ...], as_of: datetime) -> StreamOutcome:
    own = [load for load in loads if load.stream == outcome.stream]
    state: OutcomeState = "complete"
    if not all(load.complete for load in own):
        state = "partial"
    elif not any(load.rows for load in own):
        state = "unchanged"
    if spec.mode == "file":
        through = as_of  # a feed's files say nothing of days to come
    else:
        through = min((load.complete_through for load in own if load.complete_through), default=as_of)
    message = "; ".join(note for load in own for note in load.notes)
    return replace(outcome, state=state, loads=loads, message=message, complete_through=through)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
