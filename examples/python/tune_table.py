"""Searches a recorded table, as if its configs were tried now: tune_table.py TABLE TRIALS"""

import sys

import tamis

table = tamis.Table(sys.argv[1])
study = tamis.Study(table.space, name=table.name)
while len(study) < int(sys.argv[2]) and not study.done:
    for config in study.ask(8):
        study.tell(config, table.lookup(config))
print(f"{len(study)} of {len(table)} configs tried, {study.counts['invalid']} invalid")
print(f"best: {study.best.latency_ns:.0f} ns of {table.best_ns:.0f} ns with {study.best.config}")
