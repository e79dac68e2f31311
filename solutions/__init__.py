"""The reference: one module per assignment, the only home of each solution.

The notebooks' solution cells are these sources; what stands between the ``### BEGIN SOLUTION`` and
``### END SOLUTION`` marks is what students write, the rest is the scaffolding they are given.
"""
