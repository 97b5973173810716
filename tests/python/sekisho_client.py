#!/usr/bin/env python3
"""Calls Sekisho from Python, with no code generated for it.

All that is needed is a gRPC package (Debian: python3-grpcio and
python3-protobuf; elsewhere: pip install grpcio protobuf) and the address: the
server describes its services itself, by gRPC's reflection.

    client = Client("127.0.0.1:7400")          # or "unix:/run/sekisho.sock"
    answer = client.call("sekisho.v1.DecisionService", "Decide", {
        "principal": uid("Person", "nurse-1"),
        "action": uid("Action", "view"),
        "resource": uid("Record", "chart-7"),
        "context": record({"location": "hospital", "count": 1}),
    })
    if answer["decision"] == "PERMIT": ...

Many requests one after the other, answered in their order:

    for result in client.stream("sekisho.v1.DecisionService", "DecideStream", requests):
        if result.get("decision", {}).get("decision") == "PERMIT": ...

Requests and answers are dictionaries with the field names of the .proto files.
A denial is an answer; an error is a grpc.RpcError, and then there is no
decision and access is to be denied.

From the shell:

    sekisho_client.py ADDRESS                          lists the services
    sekisho_client.py ADDRESS SERVICE METHOD REQUEST   calls one; REQUEST is JSON
"""

import collections
import json
import sys

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import json_format
from google.protobuf import message_factory

TIMEOUT_SECONDS = 10

Uid = collections.namedtuple("Uid", ["type", "id"])


def uid(type_name, entity_id):
    """An EntityUid field."""
    return {"type": type_name, "id": entity_id}


def value(x):
    """A Value field: from bool, int, str, Uid, list or set, or dict."""
    if isinstance(x, bool):  # Before int, which it is too.
        return {"bool_value": x}
    if isinstance(x, int):
        return {"long_value": x}
    if isinstance(x, str):
        return {"string_value": x}
    if isinstance(x, Uid):
        return {"entity": x._asdict()}
    if isinstance(x, (list, set, frozenset)):
        return {"set": {"elements": [value(element) for element in x]}}
    if isinstance(x, dict):
        return {"record": record(x)}
    raise TypeError(f"policies know no {type(x).__name__}")


def entity(entity_uid, attributes):
    """An Entity field."""
    return {"uid": entity_uid, "attributes": record(attributes)}


def record(attributes):
    """A Record field, such as the context or an entity's attributes."""
    return {
        "attributes": [
            {"name": name, "value": value(x)} for name, x in attributes.items()
        ]
    }


class Client:
    """One connection. May be used from several threads."""

    def __init__(self, address):
        self._channel = grpc.insecure_channel(address)
        self._pool = descriptor_pool.DescriptorPool()
        self._reflection = _Reflection(self._channel)

    def close(self):
        self._channel.close()

    def services(self):
        """The names of the services that the server has."""
        return self._reflection.services()

    def methods(self, service):
        """The names of a service's methods."""
        return [method.name for method in self._describe(service).methods]

    def call(self, service, method, request):
        """Sends a request, a dictionary, and returns the answer as one."""
        request_class, response_class = self._messages(service, method)
        rpc = self._channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        message = json_format.ParseDict(request, request_class())
        return _to_dict(rpc(message, timeout=TIMEOUT_SECONDS))

    def stream(self, service, method, requests):
        """Sends requests as they come, and yields the answers as they come."""
        request_class, response_class = self._messages(service, method)
        rpc = self._channel.stream_stream(
            f"/{service}/{method}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        messages = (
            json_format.ParseDict(request, request_class())
            for request in requests
        )
        for answer in rpc(messages):
            yield _to_dict(answer)

    def _messages(self, service, method):
        described = self._describe(service).methods_by_name[method]
        return (
            _message_class(described.input_type),
            _message_class(described.output_type),
        )

    def _describe(self, service):
        try:
            return self._pool.FindServiceByName(service)
        except KeyError:
            self._add(self._reflection.files(service))
            return self._pool.FindServiceByName(service)

    def _add(self, files):
        """Adds files to the pool, each after those that it imports."""
        left = {file.name: file for file in files}

        def add(name):
            file = left.pop(name, None)
            if file is None:
                return  # Added already.
            for imported in file.dependency:
                add(imported)
            try:
                self._pool.FindFileByName(name)
            except KeyError:
                self._pool.AddSerializedFile(file.SerializeToString())

        for name in list(left):
            add(name)


def _to_dict(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _message_class(descriptor):
    if hasattr(message_factory, "GetMessageClass"):  # protobuf 4.22 and later
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory().GetPrototype(descriptor)


class _Reflection:
    """gRPC's server reflection, which itself has to be described by hand.

    https://github.com/grpc/grpc/blob/master/doc/server-reflection.md; only the
    fields that are used here.
    """

    def __init__(self, channel):
        string = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
        binary = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
        integer = descriptor_pb2.FieldDescriptorProto.TYPE_INT32
        file = descriptor_pb2.FileDescriptorProto(
            name="reflection.proto", package="reflection", syntax="proto3"
        )

        def message(name, *fields):
            described = file.message_type.add(name=name)
            for number, field, kind, repeated in fields:
                added = described.field.add(name=field, number=number)
                added.label = added.LABEL_REPEATED if repeated else added.LABEL_OPTIONAL
                if isinstance(kind, str):
                    added.type = added.TYPE_MESSAGE
                    added.type_name = f".reflection.{kind}"
                else:
                    added.type = kind

        message(
            "Request",
            (4, "file_containing_symbol", string, False),
            (7, "list_services", string, False),
        )
        message(
            "Response",
            (4, "file_descriptor_response", "Files", False),
            (6, "list_services_response", "Services", False),
            (7, "error_response", "Error", False),
        )
        message("Files", (1, "file_descriptor_proto", binary, True))
        message("Services", (1, "service", "Service", True))
        message("Service", (1, "name", string, False))
        message(
            "Error",
            (1, "error_code", integer, False),
            (2, "error_message", string, False),
        )
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        self._request = _message_class(
            pool.FindMessageTypeByName("reflection.Request")
        )
        response = _message_class(
            pool.FindMessageTypeByName("reflection.Response")
        )
        self._rpc = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=self._request.SerializeToString,
            response_deserializer=response.FromString,
        )

    def services(self):
        response = self._ask(list_services="*")
        return [service.name for service in response.list_services_response.service]

    def files(self, symbol):
        """The file that declares `symbol`, and all that it imports."""
        response = self._ask(file_containing_symbol=symbol)
        return [
            descriptor_pb2.FileDescriptorProto.FromString(file)
            for file in response.file_descriptor_response.file_descriptor_proto
        ]

    def _ask(self, **question):
        requests = iter([self._request(**question)])
        response = next(self._rpc(requests, timeout=TIMEOUT_SECONDS))
        if response.HasField("error_response"):
            raise LookupError(response.error_response.error_message)
        return response


def main(arguments):
    if len(arguments) not in (1, 4) or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    client = Client(arguments[0])
    try:
        if len(arguments) == 1:
            for service in client.services():
                print(service)
            return 0
        service, method, request = arguments[1:]
        answer = client.call(service, method, json.loads(request))
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return 0
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
        return 1
    finally:
        client.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
