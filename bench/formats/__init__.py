"""What `bench.table_formats` measures Delta and Iceberg with."""
