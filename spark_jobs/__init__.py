"""Spark jobs of Casparian, one module a job: read, judge, write.

Each module runs as ``python -m spark_jobs.<job>``; the DAGs know these names and nothing else of
them.
"""
