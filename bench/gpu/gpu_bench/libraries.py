"""Where NVIDIA's libraries lie: in the packages of this Python, else where the loader looks, else in a toolkit."""

import ctypes
import os
import sys
from pathlib import Path

# Names from the newest on, with the folders of the wheels for CUDA 13 and 12 that they lie in.
KNOWN = {
    "nvrtc": (["libnvrtc.so.13", "libnvrtc.so.12"], ["cu13/lib", "cuda_nvrtc/lib"]),
    "cublas": (["libcublas.so.13", "libcublas.so.12"], ["cu13/lib", "cublas/lib"]),
    "cudnn": (["libcudnn.so.9", "libcudnn.so.8"], ["cudnn/lib"]),
}


class Missing(Exception):
    """Something that a step needs is not on this machine; the text says what."""


def package_folders():
    """The folders that this Python imports from, each once."""
    folders = []
    for entry in sys.path:
        if entry and Path(entry).is_dir() and Path(entry) not in folders:
            folders.append(Path(entry))
    return folders


def find(name, environ=os.environ, packages=None):
    """The path of a library, or its bare name where only the loader has it. TAMIS_NVRTC names NVRTC's file or folder."""
    files, layouts = KNOWN[name]
    named = environ.get("TAMIS_NVRTC") if name == "nvrtc" else None
    folders = [Path(named)] if named else [base / "nvidia" / layout for base in packages or package_folders() for layout in layouts]
    if named and Path(named).is_file():
        return named
    if not named:
        folders += [Path(environ.get(variable, "")) / "lib64" for variable in ("CUDA_HOME", "CUDA_PATH") if environ.get(variable)]
        folders.append(Path("/usr/local/cuda/lib64"))
    for folder in folders:
        for file in files:
            if (folder / file).is_file():
                return str(folder / file)
    for file in files if not named else []:
        try:
            ctypes.CDLL(file)
            return file
        except OSError:
            pass
    places = named or f"the packages of {sys.executable}, CUDA_HOME, /usr/local/cuda and the loader's places"
    raise Missing(f"no {' nor '.join(files)} in {places}")


def open_library(path, what):
    """The library itself; NVRTC's builtins lie beside it and are loaded first, as it looks for them by name alone."""
    if what == "NVRTC" and "/" in path:
        for file in sorted(Path(path).parent.glob("libnvrtc-builtins.so.*")):
            ctypes.CDLL(str(file))
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise Missing(f"{what} cannot be opened: {error}") from error
