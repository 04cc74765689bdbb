"""What is trained: the workloads, their data, and our side of each.

The numbers of a workload (architecture, batches, optimizer) stand in `table.py` once;
our models and the hand-written loops both take them from there.
"""

from workloads.data import make_data
from workloads.ours import build_ours, idle_weights, read_weights
from workloads.table import EPSILON, WORKLOADS, Workload

__all__ = [
    "EPSILON",
    "WORKLOADS",
    "Workload",
    "build_ours",
    "idle_weights",
    "make_data",
    "read_weights",
]
