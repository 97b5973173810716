"""A second C++ toolchain beside Bazel's default one, with clang."""

load("@bazel_tools//tools/cpp:cc_configure.bzl", "cc_autoconf_impl")

def _clang_toolchain_impl(ctx):
    clang = ctx.which("clang-14") or ctx.which("clang")
    if not clang:
        fail("clang is missing; run tools/setup")
    cc_autoconf_impl(ctx, {"gcc": str(clang)})

clang_toolchain = repository_rule(
    implementation = _clang_toolchain_impl,
    local = True,
)
