"""Repositories that need no download: their content is a BUILD file."""

def _system_library_impl(ctx):
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    ctx.symlink(ctx.attr.build_file, "BUILD")

# Names libraries the system installed: headers are found in /usr/include, so
# the BUILD file carries link options and nothing else.
system_library = repository_rule(
    implementation = _system_library_impl,
    attrs = {"build_file": attr.label(mandatory = True, allow_single_file = True)},
    local = True,
)
