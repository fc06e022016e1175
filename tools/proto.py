"""`make proto`: turns `proto/` into `gen/`.

`gen/` holds the protobuf-py classes (`*_pb.py`), the sync and async gRPC stubs (`*_pb_grpc.py`) and
`wasl.binpb`, one descriptor set with comments: what the gateway, OpenAPI, buf and the tests read.
"""

import shutil
import sys
from pathlib import Path

import google.api
import grpc_tools
from grpc_tools import protoc
from protobuf.wkt import FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GEN = ROOT / "gen"
DESCRIPTORS = GEN / "wasl.binpb"
# The wheel of googleapis-common-protos is the only home of google/api/*.proto here.
GOOGLEAPIS = Path(next(iter(google.api.__path__))).parent.parent
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"
# Imports of google/* are absolute, because `wasl` and `google` are packages side by side;
# protovalidate brings the classes of its own file.
IMPORTS = "map_imports=buf/validate/**:protovalidate._gen,map_imports=google/**:."
# These have no Python classes in protobuf-py yet, so they are generated with ours.
GOOGLE = [
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
]


def main() -> int:
    """Generates everything; the exit code is protoc's."""
    shutil.rmtree(GEN, ignore_errors=True)
    GEN.mkdir()
    validate = _write_validate_descriptor()
    ours = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    common = [
        "protoc",
        f"--descriptor_set_in={validate}",
        f"--proto_path={PROTO}",
        f"--proto_path={GOOGLEAPIS}",
        f"--proto_path={WELL_KNOWN}",
    ]
    code = _protoc(
        [
            *common,
            # Namespace packages, so that gen/google does not hide the installed google.protobuf.
            f"--py_opt=init_files=false,{IMPORTS}",
            f"--grpc-py_opt={IMPORTS}",
            f"--py_out={GEN}",
            f"--grpc-py_out={GEN}",
            *ours,
            *GOOGLE,
        ]
    )
    if code:
        return code
    return _protoc(
        [
            *common,
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={DESCRIPTORS}",
            *ours,
            *GOOGLE,
        ]
    )


def _protoc(arguments: list[str]) -> int:
    return int(protoc.main(arguments))


def _write_validate_descriptor() -> Path:
    # No wheel ships buf/validate/validate.proto, but protovalidate holds its descriptor.
    path = GEN / "validate.binpb"
    file = validate_pb.desc()
    files = [*(dependency.proto for dependency in file.dependencies), file.proto]
    path.write_bytes(FileDescriptorSet(file=files).to_binary())
    return path


if __name__ == "__main__":
    sys.exit(main())
