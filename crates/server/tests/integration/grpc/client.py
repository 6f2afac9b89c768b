"""A service in Python: makes its stubs of the .proto files, and asks over TLS with the service's secret.

Arguments: address, certificate file, secret, folder of the .proto files, folder for the stubs, user id, access token.
Prints one JSON object of what it was told.
"""

import json
import sys

import grpc
from grpc_tools import protoc

address, certificate, secret, protos, stubs, user_id, token = sys.argv[1:]
for proto in ["refresh.proto", "doorward/v1/doorward.proto"]:
    made = protoc.main(["protoc", f"-I{protos}", f"--python_out={stubs}", f"--grpc_python_out={stubs}", proto])
    assert made == 0, proto
sys.path.insert(0, stubs)

import refresh_pb2
import refresh_pb2_grpc
from doorward.v1 import doorward_pb2, doorward_pb2_grpc

with open(certificate, "rb") as file:
    trusted = grpc.ssl_channel_credentials(file.read())


def code_of(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except grpc.RpcError as refused:
        return refused.code().name
    return "OK"


with grpc.secure_channel(address, trusted) as channel:
    service = refresh_pb2_grpc.RefreshServiceStub(channel)
    with_secret = [("authorization", f"Bearer {secret}")]
    validate = refresh_pb2.ValidateRequest(token=token)
    refresh = refresh_pb2.RefreshRequest(user_id=user_id, token=token)
    told = {
        "without_secret": code_of(service.ValidateSession, validate, timeout=20),
        "username": service.ValidateSession(validate, metadata=with_secret, timeout=20).username,
    }
    first = service.RefreshToken(refresh, metadata=with_secret, timeout=20)
    again = service.RefreshToken(refresh, metadata=with_secret, timeout=20)
    told["first"] = refresh_pb2.RefreshResponse.Outcome.Name(first.outcome)
    told["again"] = refresh_pb2.RefreshResponse.Outcome.Name(again.outcome)
    fresh = refresh_pb2.ValidateRequest(token=first.access_token)
    told["fresh_is_active"] = service.ValidateSession(fresh, metadata=with_secret, timeout=20).active
    foreign = refresh_pb2.RefreshRequest(user_id="somebody", token=token)
    told["foreign"] = code_of(service.RefreshToken, foreign, metadata=with_secret, timeout=20)
    revocations = doorward_pb2_grpc.RevocationServiceStub(channel)
    news = revocations.Listen(doorward_pb2.ListenRequest(), metadata=with_secret, timeout=20)
    told["news"] = [doorward_pb2.News.Event.Name(next(news).event) for _ in range(2)]
    news.cancel()

print(json.dumps(told))
