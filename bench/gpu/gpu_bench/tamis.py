"""What the tamis command says: the best config of a layer, and its program with its launches."""

import json
import os
import subprocess
from pathlib import Path


class TamisError(Exception):
    """The command failed; the text is what it said last."""


class Tamis:
    """The command in `folder`/bin, with the libraries of `folder`/lib where there are such."""

    def __init__(self, program, nvrtc=None):
        self.program = Path(program)
        self.environment = dict(os.environ)
        libraries = self.program.parent.parent / "lib"
        if libraries.is_dir():
            known = self.environment.get("LD_LIBRARY_PATH")
            self.environment["LD_LIBRARY_PATH"] = os.pathsep.join([str(libraries), *([known] if known else [])])
        if nvrtc:
            self.environment["TAMIS_NVRTC"] = str(nvrtc)

    def call(self, *arguments, seconds=60.0):
        """(exit code, standard output) of a call that says something; the code 1 is one of those."""
        command = [str(self.program), *arguments]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, env=self.environment, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            raise TamisError(f"`tamis {arguments[0]}` took longer than {seconds:.0f} s") from error
        except OSError as error:
            raise TamisError(f"{self.program}: {error.strerror}") from error
        if ran.returncode not in (0, 1):
            said = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()[-1]
            raise TamisError(f"`tamis {arguments[0]}` ended with {ran.returncode}: {said}")
        return ran.returncode, ran.stdout

    def version(self):
        return self.call("--version")[1].strip()

    def tune(self, layer, target, seconds, log, jobs):
        """What tuning for so long came to: config, latency_ns, trials, invalid."""
        _, text = self.call("tune", layer.spec(), "--target", target, "--time", f"{max(1, int(seconds))}s", "--trials", "100000",
                            "--jobs", str(jobs), "--run-timeout", "5s", "--build-timeout", "30s", "--log", str(log), "--json",
                            "--quiet", seconds=seconds + 60)
        said = json.loads(text)["workloads"][0]
        result = {"trials": said["counts"]["trials"], "invalid": said["counts"]["invalid"], "reasons": said["reasons"]}
        if said.get("best"):
            knobs = said["best"]["knobs"].items()
            result |= {"config": " ".join(f"{knob}={value}" for knob, value in knobs), "latency_ns": said["best"]["latency_ns"]}
        return result

    def program_of(self, layer, target, config=None):
        """Source, options, arguments and launches of a config, by default of the default one."""
        words = ["--config", *config.split()] if config else []
        code, text = self.call("program", layer.spec(), "--target", target, *words, "--json")
        if code != 0:
            raise TamisError(f"there is no program of {layer.spec()}")
        said = json.loads(text)
        texts = {one["title"]: one["text"] for one in said["programs"]}
        return {"config": said["config"], "source": texts["CUDA C++"], **json.loads(texts["launches"])}
