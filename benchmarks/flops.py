"""FLOPs of a turn, for the rate of a machine: see `metrics.cost.arithmetic`."""

from facegen_jax.metrics.cost import arithmetic as count

__all__ = ['count']
