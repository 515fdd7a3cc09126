"""Writes a database of MetaSchedule: python make_metaschedule.py FOLDER (TVM 0.27, no tuning: run_secs are made up)"""
import random
import sys

import tvm
from tvm import te
from tvm.s_tir import Schedule, meta_schedule as ms
from tvm.s_tir.schedule import Trace

TARGET = tvm.target.Target({"kind": "llvm", "num-cores": 2})


def matmul(n):
    a, b = te.placeholder((n, n), name="A"), te.placeholder((n, n), name="B")
    k = te.reduce_axis((0, n), name="k")
    c = te.compute((n, n), lambda i, j: te.sum(a[i, k] * b[k, j], axis=[k]), name="C")
    return te.create_prim_func([a, b, c])


def commit(database, n, count, seed):
    function = matmul(n)
    module = tvm.IRModule({"main": function})
    workload = database.commit_workload(module)
    context = ms.TuneContext(mod=module, target=TARGET, space_generator=ms.space_generator.PostOrderApply(),
                             search_strategy=ms.search_strategy.ReplayTrace(), task_name="matmul", rand_state=seed)
    spaces = context.generate_design_space()
    arguments = ms.arg_info.ArgInfo.from_prim_func(function)
    for i in range(count):
        schedule = Schedule(module, seed=seed + i)
        Trace(spaces[i % len(spaces)].trace.insts, {}).apply_to_schedule(schedule, remove_postproc=True)
        schedule.enter_postproc()
        for postprocessor in context.space_generator.postprocs:
            postprocessor.apply(schedule)
        seconds = [1e10] if i == 3 else [random.uniform(1e-4, 2e-4) for _ in range(3)]
        database.commit_tuning_record(ms.database.TuningRecord(schedule.trace, workload, seconds, TARGET, arguments))


random.seed(1)
database = ms.database.JSONDatabase(work_dir=sys.argv[1])
commit(database, 64, 8, 100)
commit(database, 32, 2, 200)
