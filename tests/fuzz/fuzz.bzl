"""Fuzz targets."""

def fuzz_target(name, deps, corpus = [], size = "small"):
    """A fuzz target in NAME.cc (see fuzz.h).

    Makes NAME_test, which replays its seeds and mutations of them, and
    NAME, which tools/fuzz builds and runs with clang's libFuzzer.

    Args:
      name: of the target and its source.
      deps: what it needs.
      corpus: files that are seeds.
      size: of the test.
    """
    native.cc_library(
        name = name + "_lib",
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps + ["//tests/fuzz"],
        alwayslink = True,
    )
    native.cc_test(
        name = name + "_test",
        size = size,
        srcs = ["//tests/fuzz:replay_main.cc"],
        args = ["$(locations %s)" % file for file in corpus],
        data = corpus,
        deps = [name + "_lib", "//tests/fuzz"],
    )
    native.cc_binary(
        name = name,
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [name + "_lib"],
    )
