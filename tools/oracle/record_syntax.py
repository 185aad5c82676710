#!/usr/bin/env python3
"""Records what Spark 3.5 says to every statement of syntax_corpus.py.

    pip install 'pyspark==3.5.*'          # in a venv of its own; Java 17
    tools/oracle/record_syntax.py tests/sql/syntax

Writes one file per group, a JSON object per line:
    {"sql": …, "job_type": …, "plan": …}                                accepted
    {"sql": …, "error": class, "line": n, "position": n, "text": …}      refused
The recordings are what src/sql/syntax_corpus_test.cc replays; Spark is not needed to run that test.
"""

import json
import os
import re
import sys

from pyspark.sql import SparkSession

import syntax_corpus

JOB_TYPES = {
    "InsertIntoStatement": "INSERT",
    "OverwriteByExpression": "INSERT",
    "InsertIntoDir": "EXPORT",
    "LoadDataCommand": "IMPORT",
    "LoadData": "IMPORT",
    "DeleteFromTable": "DELETE",
    "UpdateTable": "UPDATE",
    "MergeIntoTable": "UPDATE",
    "ExplainCommand": "QUERY",
}
QUERY_PLANS = {
    "Project", "Aggregate", "Filter", "Sort", "GlobalLimit", "LocalLimit", "Distinct", "Union", "Except", "Intersect",
    "UnresolvedWith", "UnresolvedInlineTable", "UnresolvedRelation", "SubqueryAlias", "UnresolvedHint",
    "UnresolvedHaving", "WithWindowDefinition", "RepartitionByExpression", "ScriptTransformation", "Offset",
    "Generate", "Sample", "UnresolvedSubqueryColumnAliases", "Pivot", "UnresolvedTableValuedFunction",
}


def job_type(plan):
    name = plan.getClass().getSimpleName()
    if name == "UnresolvedWith":
        return job_type(plan.child())
    if name == "Union" and plan.children().apply(0).getClass().getSimpleName() == "InsertIntoStatement":
        return "INSERT"
    if name in JOB_TYPES:
        return JOB_TYPES[name]
    return "QUERY" if name in QUERY_PLANS else "DDL"


def option(value):
    return value.get() if value.isDefined() else None


def verdict(parser, sql):
    try:
        plan = parser.parsePlan(sql)
        return {"sql": sql, "job_type": job_type(plan), "plan": plan.getClass().getSimpleName()}
    except Exception as error:  # what py4j and pyspark wrap differs by version
        origin = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
        text = origin.getMessage().split("\n== SQL")[0].strip()
        place = re.search(r"\(line (\d+), pos (\d+)\)$", text)
        named = re.match(r"\[([A-Z_.]+)\] ", text)
        line, position = (int(place[1]), int(place[2])) if place else (None, None)
        text = text[: place.start()] if place else text
        return {"sql": sql, "error": named[1] if named else "", "line": line, "position": position,
                "text": text[named.end():] if named else text}


def main(folder):
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    parser = spark._jsparkSession.sessionState().sqlParser()
    groups = {}
    for group, sql in syntax_corpus.statements():
        groups.setdefault(group, []).append(verdict(parser, sql))
    groups["dli"] = [{"sql": sql, "job_type": kind, "plan": "DLI"} for kind, sql in syntax_corpus.DLI_ONLY]
    for group, verdicts in groups.items():
        with open(os.path.join(folder, group + ".jsonl"), "w", encoding="utf-8") as out:
            for one in verdicts:
                out.write(json.dumps(one, ensure_ascii=False) + "\n")
    print(spark.version, {group: len(verdicts) for group, verdicts in groups.items()})


if __name__ == "__main__":
    main(sys.argv[1])
