"""How the feed stands, in numbers for Prometheus."""

from kinoteka.indexer.phases import PHASES
from kinoteka.indexer.status import FeedStatus
from kinoteka.web.metrics import Gauges


def feed_gauges(feed: FeedStatus) -> Gauges:
    (direct, slow), (direct_age, slow_age), work = feed.depth, feed.ages, feed.work
    gauges: dict[str, tuple[str, float]] = {
        "feed_age_seconds": ("Age of the oldest direct change that is not in the index.", direct_age),
        "feed_slow_age_seconds": ("Age of the oldest change in the slow lane.", slow_age),
        "feed_waiting": ("Changes that are not in the index yet.", direct + slow),
        "feed_direct_waiting": ("Direct changes that are not in the index yet.", direct),
        "feed_slow_waiting": ("Changes in the slow lane.", slow),
        "feed_dead_letters": ("Documents that the index refused.", feed.dead_letters),
        "feed_consumers": ("Consumers that keep the index in step.", feed.consumers),
        "feed_batches": ("Batches done by the processes at work.", work.batches),
        "feed_documents": ("Documents written or deleted by the processes at work.", work.documents),
        "feed_conflicts": ("Writes that came after newer ones and were left out.", work.conflicts),
        "feed_refused": ("Documents refused in batches of the processes at work.", work.refused),
        "index_rebuild_needed": ("1 when a full build is waiting or under way.", feed.rebuild_needed),
        "index_consumer": ("1 when a process keeps the index in step.", feed.consumer),
    }
    for phase in PHASES:
        gauges[f"feed_{phase}_seconds"] = (
            f"Seconds that all these batches took to {phase}.",
            work.seconds.get(phase, 0),
        )
    if feed.build:
        gauges["index_build_done"] = ("Records that the full build under way has done.", feed.build.done)
        gauges["index_build_total"] = ("Records that it has to do.", feed.build.total)
    return gauges
