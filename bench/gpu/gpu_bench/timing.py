"""One clock for all: events of the driver around what each contestant enqueues, round after round in turn."""

import ctypes
import statistics

# Holds the stream while the host enqueues what is timed, so that its own time does not count. One thread, no memory.
SPIN = """extern "C" __global__ void spin(long long cycles) {
  const long long begin = clock64();
  while (clock64() - begin < cycles) {}
}"""
SPIN_CYCLES = 400_000  # 200 us at 2 GHz
ROUNDS = 7
SAMPLES_OF_A_ROUND = 5


class Timer:
    def __init__(self, driver, compiler, cold):
        self.driver = driver
        self.module = driver.load(compiler.compile(SPIN))
        self.spin = driver.function(self.module, "spin")
        self.events = driver.event(), driver.event()
        self.flush_bytes = 2 * max(driver.attribute("l2_bytes"), 16 << 20) if cold else 0
        self.flush = driver.allocate(self.flush_bytes) if cold else None

    def sample(self, run):
        """ns of one run: after another one of the same, or with what writing twice the L2 left in the caches."""
        begin, end = self.events
        if self.flush is None:
            run()
        else:
            self.driver.fill(self.flush, self.flush_bytes, 0)
        self.driver.launch(self.spin, (1, 1, 1), (1, 1, 1), 0, [ctypes.c_longlong(SPIN_CYCLES)])
        self.driver.record(begin)
        run()
        self.driver.record(end)
        self.driver.wait(end)
        return self.driver.elapsed_ns(begin, end)

    def settle(self, run, count=3):
        """Lets what the first runs do besides, such as choosing an algorithm, be done."""
        for _ in range(count):
            self.sample(run)

    def compare(self, runs):
        """Samples in ns by name. A contestant that fails is left out from then on, with what it said."""
        samples, faults = {name: [] for name in runs}, {}
        names = list(runs)
        for turn in range(ROUNDS):
            first = turn % max(1, len(names))
            for name in names[first:] + names[:first]:
                if name in faults:
                    continue
                try:
                    samples[name] += [self.sample(runs[name]) for _ in range(SAMPLES_OF_A_ROUND)]
                except Exception as error:  # a library's own
                    faults[name] = f"{type(error).__name__}: {error}"
        return samples, faults


def summarise(samples):
    ordered = sorted(samples)
    return {"median_ns": statistics.median(ordered), "least_ns": ordered[0], "most_ns": ordered[-1], "samples": len(ordered)}
