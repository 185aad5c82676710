"""Apache Spark with Iceberg's runtime at the server's catalog, in this process's own JVM."""
import os
import subprocess
import sys
import time

import pyspark

from harness.server import ROOT

# The Scala and Iceberg that belong to a release of Spark.
ICEBERG = "1.12.0"
RUNTIMES = {"3.5": "iceberg-spark-runtime-3.5_2.12", "4.1": "iceberg-spark-runtime-4.1_2.13"}
RELEASE = ".".join(pyspark.__version__.split(".")[:2])
CATALOG = "sluice"
GATHER_TIMEOUT_S = 300


def runtime():
    """Iceberg's jar for this Spark, fetched once."""
    name = RUNTIMES[RELEASE]
    folder = ROOT / "build/spark-jars"
    jar = folder / f"{name}-{ICEBERG}.jar"
    if not jar.exists():
        subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact=org.apache.iceberg:{name}:{ICEBERG}",
                        f"-DoutputDirectory={folder}"], check=True, timeout=GATHER_TIMEOUT_S)
    return jar


def session(server, folder):
    """A session whose default catalog is the server's, its key pair the only thing it knows."""
    from pyspark.sql import SparkSession
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    keys, catalog = server.credentials(), f"spark.sql.catalog.{CATALOG}"
    settings = {
        catalog: "org.apache.iceberg.spark.SparkCatalog", f"{catalog}.type": "rest",
        f"{catalog}.uri": f"{server.endpoint}/iceberg", f"{catalog}.warehouse": keys.project_id,
        f"{catalog}.prefix": keys.project_id, f"{catalog}.credential": f"{keys.access_key}:{keys.secret_key}",
        # The other engine writes meanwhile: every statement asks for the table anew.
        f"{catalog}.cache-enabled": "false", f"{catalog}.rest-metrics-reporting-enabled": "false",
        "spark.sql.defaultCatalog": CATALOG, "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "false",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.shuffle.partitions": "2", "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "scratch"), "spark.driver.memory": "1g", "spark.jars": str(runtime()),
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false", "spark.driver.extraJavaOptions": "-Duser.timezone=UTC"}
    builder = SparkSession.builder.master("local[2]").appName("sluice-tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("OFF")
    started.sql(f"USE {CATALOG}.`default`")
    return started


class Spark:
    """Asks as harness.client.Client does: the comparisons can be asked of either."""

    def __init__(self, spark):
        self.spark = spark

    def run(self, sql):
        return self.spark.sql(sql).collect()

    def rows(self, sql):
        return [list(row) for row in self.run(sql)]
