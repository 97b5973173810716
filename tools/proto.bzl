"""C++ libraries from .proto files, by the system's protoc."""

def _protos(label):
    """The filegroup with the .proto files of a sekisho_proto label."""
    if ":" not in label:
        label = label + ":" + label.split("/")[-1]
    return label + "_protos"

def sekisho_proto(name, srcs, deps = [], grpc = False, visibility = None):
    """A cc_library with the messages, and with grpc the services, of srcs.

    A .proto file imports others by their path from the root of the repository,
    and a .cc file includes "path/from/root/x.pb.h" (and "x.grpc.pb.h").

    Args:
      name: of the cc_library.
      srcs: .proto files of this package.
      deps: other sekisho_proto targets that srcs import.
      grpc: whether to generate the gRPC services too.
      visibility: of the library.
    """
    native.filegroup(
        name = name + "_protos",
        srcs = srcs + [_protos(dep) for dep in deps],
        visibility = visibility,
    )

    suffixes = [".pb", ".grpc.pb"] if grpc else [".pb"]
    stems = [src[:-len(".proto")] for src in srcs]
    hdrs = [stem + suffix + ".h" for stem in stems for suffix in suffixes]
    sources = [stem + suffix + ".cc" for stem in stems for suffix in suffixes]

    options = ["--cpp_out=$(GENDIR)"]
    if grpc:
        options += [
            "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin",
            "--grpc_out=$(GENDIR)",
        ]
    locations = ["$(location %s)" % src for src in srcs]
    native.genrule(
        name = name + "_generate",
        srcs = srcs + [_protos(dep) for dep in deps],
        outs = hdrs + sources,
        cmd = " ".join(["/usr/bin/protoc", "--proto_path=."] + options + locations),
        message = "Generating",
        visibility = ["//visibility:private"],
    )

    native.cc_library(
        name = name,
        srcs = sources,
        hdrs = hdrs,
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["@protobuf"] + (["@grpc//:grpc++"] if grpc else []),
    )
