"""The same records through dlt's rest_api source into DuckDB, for comparison. Runs in an environment of its own
(`benchmarks/dlt.lock`): `python benchmarks/dlt_rest_api.py <address> parquet|insert_values`.
"""

import os
import sys

import dlt
from dlt.sources.rest_api import rest_api_source


def main() -> None:
    """Extract, normalise, load; prints the number of records in the table."""
    address, file_format = sys.argv[1:]
    home = os.environ["BENCHMARK_HOME"]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{address}/crm/v8/",
                "paginator": {
                    "type": "cursor",
                    "cursor_path": "info.next_page_token",
                    "cursor_param": "page_token",
                },
            },
            "resources": [
                {"name": "calls", "endpoint": {"path": "Calls", "params": {"per_page": 200}, "data_selector": "data"}}
            ],
        }
    )
    pipeline = dlt.pipeline(
        "benchmark",
        destination=dlt.destinations.duckdb(f"{home}/dlt.duckdb"),
        dataset_name="raw",
        pipelines_dir=f"{home}/pipelines",
    )
    pipeline.run(source, loader_file_format=file_format)
    with pipeline.sql_client() as client, client.execute_query("select count(*) from calls") as cursor:
        print(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
