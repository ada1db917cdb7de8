"""Calls every method of RegistryService and PackageStoreService once for real, from the proto files alone.

    .venv/bin/python examples/python/every_method.py 127.0.0.1:7401

What a method answers is checked against what was done before. A method that is never called fails the run.
"""

import datetime
import hashlib
import importlib
import os
import sys

import grpc
import nacl.signing

from publish import archive, canonical, load_messages, publish_form, without_absent

package, registry, registry_grpc, store, store_grpc = load_messages()
cluster = importlib.import_module("ggen.marketplace.v1.cluster_service_pb2")
cluster_grpc = importlib.import_module("ggen.marketplace.v1.cluster_service_pb2_grpc")


class Calls:
    """A service's methods, each noted as it is called."""

    def __init__(self, service, stub):
        self.service, self.stub, self.called = service, stub, set()

    def __getattr__(self, name):
        self.called.add(name)
        return lambda *arguments: getattr(self.stub, name)(*arguments, timeout=30)

    def missed(self):
        return sorted(method.name for method in self.service.methods if method.name not in self.called)


class Key:
    def __init__(self):
        self.secret = nacl.signing.SigningKey.generate()
        self.public = bytes(self.secret.verify_key)
        self.id = hashlib.sha256(self.public).hexdigest()[:16]

    def sign(self, form):
        algorithm = package.SIGNATURE_ALGORITHM_ED25519
        return package.Signature(key_id=self.id, algorithm=algorithm, value=self.secret.sign(form).signature)


def hash_message(digest):
    return package.ContentHash(algorithm=package.HASH_ALGORITHM_SHA256, digest=digest)


def signed_change(key, cluster_id, action, of, arguments):
    """The fields that every signed change ends in."""
    request_id = os.urandom(16)
    now = datetime.datetime.now(datetime.timezone.utc)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    form = without_absent({"action": action, "id": of, "arguments": arguments})
    if not form.get("arguments"):
        form.pop("arguments", None)
    form["clusterId"], form["requestId"] = cluster_id, request_id.hex()
    form["signedAt"] = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    text = ("ggen-marketplace/v1/change\n" + canonical(form)).encode()
    return {
        "signed_at_ms": round(now.timestamp() * 1000),
        "signature": key.sign(text),
        "public_key": key.public,
        "request_id": request_id,
    }


def signed_version(key, metadata, digest=None):
    """What Register and the header of Publish have in common."""
    content_hash = None if digest is None else {"algorithm": "sha256", "digest": digest}
    kinds = {"normal": package.DEPENDENCY_KIND_NORMAL}
    fields = {**metadata, "id": package.PackageId(**metadata["id"])}
    fields["dependencies"] = [
        package.Dependency(**{**each, "kind": kinds[each["kind"]]}) for each in metadata.get("dependencies", [])
    ]
    return {
        "metadata": package.PackageMetadata(**fields),
        "content_hash": None if digest is None else hash_message(digest),
        "signatures": [key.sign(publish_form(metadata, content_hash))],
        "public_keys": [key.public],
        "request_id": os.urandom(16),
    }


def main():
    with grpc.insecure_channel(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ENDPOINT", "127.0.0.1:7401")) as channel:
        reg = Calls(registry.DESCRIPTOR.services_by_name["RegistryService"], registry_grpc.RegistryServiceStub(channel))
        blobs = Calls(store.DESCRIPTOR.services_by_name["PackageStoreService"], store_grpc.PackageStoreServiceStub(channel))
        status = cluster_grpc.ClusterServiceStub(channel).Status(cluster.StatusRequest(), timeout=10)
        every_method(reg, blobs, status)
        missed = reg.missed() + blobs.missed()
        assert not missed, f"never called: {missed}"
        print(f"{len(reg.called) + len(blobs.called)} methods answered as they should")


def every_method(reg, blobs, status):
    key, other = Key(), Key()
    namespace = f"every-{os.urandom(3).hex()}"
    base_id = {"namespace": namespace, "name": "base", "version": "1.0.0"}
    base = {"id": base_id, "kind": "library", "description": "what others need", "license": "MIT", "authors": [f"{namespace} team"]}
    ref = package.PackageRef(namespace=namespace, name="base")

    # Metadata alone, by one call and by a stream of them; then bytes, and a version that needs the others.
    registered = reg.Register(registry.RegisterRequest(**signed_version(key, base)))
    assert registered.created
    more = {**base, "id": {**base_id, "version": "1.1.0"}}
    request = registry.RegisterManyRequest(sequence=7, register=registry.RegisterRequest(**signed_version(key, more)))
    (answer,) = reg.RegisterMany(iter([request]))
    assert answer.sequence == 7 and answer.registered.created, answer
    hello = {
        "id": {"namespace": namespace, "name": "hello", "version": "1.0.0"},
        "kind": "library",
        "description": "published from Python",
        "license": "MIT",
    }
    content = archive(hello)
    digest = hashlib.sha256(content).hexdigest()
    header = registry.PublishHeader(**signed_version(key, hello, digest), size_bytes=len(content))
    parts = [registry.PublishRequest(header=header), registry.PublishRequest(chunk=content)]
    published = reg.Publish(iter(parts))
    user = {
        "id": {"namespace": namespace, "name": "user", "version": "1.0.0"},
        "kind": "tool",
        "description": "needs base",
        "license": "MIT",
        "dependencies": [{"namespace": namespace, "name": "base", "requirement": "^1.0.0", "kind": "normal"}],
    }
    last = reg.Register(registry.RegisterRequest(**signed_version(key, user)))
    since = {"min_index": last.index, "history_id": last.history_id}

    # Reads.
    got = reg.Get(registry.GetRequest(id=published.id, **since))
    assert got.version.content.sha256 == digest and got.public_keys[0].public_key == key.public, got
    versions = reg.ListVersions(registry.ListVersionsRequest(ref=ref, **since)).versions
    assert sorted(each.id.version for each in versions) == ["1.0.0", "1.1.0"]
    resolved = reg.ResolveVersion(registry.ResolveVersionRequest(ref=ref, requirement="^1.0.0", **since))
    assert resolved.version.id.version == "1.1.0"
    root = registry.ResolveRoot(ref=package.PackageRef(namespace=namespace, name="user"))
    graph = reg.ResolveDependencies(registry.ResolveDependenciesRequest(roots=[root], **since)).packages
    assert [each.version.id.name for each in graph] == ["base", "user"], graph
    listed = reg.ListPackages(registry.ListPackagesRequest(namespace=namespace, **since)).packages
    assert [each.id.name for each in listed] == ["base", "hello", "user"]
    by_author = reg.ListByAuthor(registry.ListByAuthorRequest(author=f"{namespace} team", **since)).packages
    assert [each.id.name for each in by_author] == ["base"]
    dependents = reg.ListDependents(registry.ListDependentsRequest(ref=ref, **since)).packages
    assert [each.id.name for each in dependents] == ["user"]
    recent = reg.ListRecent(registry.ListRecentRequest(page_size=1, **since)).versions
    assert recent[0].id.name == "user"
    installed = registry.InstalledVersion(id=registered.id, requirement="^1.0.0")
    (update,) = reg.CheckUpdates(registry.CheckUpdatesRequest(installed=[installed], **since)).updates
    assert update.wanted.id.version == "1.1.0"

    # Signed changes of a version, and what they lead to.
    def change(action, of, **arguments):
        return signed_change(key, status.cluster_id, action, of, arguments)

    old = registry.YankRequest(id=registered.id, reason="too old", **change("yank", base_id, reason="too old"))
    yanked = reg.Yank(old)
    after = {"min_index": yanked.index, "history_id": yanked.history_id}
    assert reg.IsYanked(registry.IsYankedRequest(id=registered.id, **after)).reason == "too old"
    assert reg.Unyank(registry.UnyankRequest(id=registered.id, **change("unyank", base_id))).changed
    message = "take 1.1.0"
    deprecation = change("deprecate", base_id, message=message)
    assert reg.UpdateMetadata(registry.UpdateMetadataRequest(id=registered.id, deprecated=message, **deprecation)).changed

    # Owners of the namespace: one more, one less, another instead.
    scope = registry.OwnerScope(namespace=namespace)
    of = {"namespace": namespace}
    signed = change("addOwner", of, publicKey=other.public.hex())
    assert reg.AddOwner(registry.AddOwnerRequest(scope=scope, owner_public_key=other.public, **signed)).changed
    signed = change("removeOwner", of, keyId=other.id)
    assert reg.RemoveOwner(registry.RemoveOwnerRequest(scope=scope, owner_key_id=other.id, **signed)).changed
    signed = change("transferOwnership", of, publicKey=other.public.hex())
    handed = reg.TransferOwnership(registry.TransferOwnershipRequest(scope=scope, owner_public_key=other.public, **signed))
    owners = reg.ListOwners(registry.ListOwnersRequest(scope=scope, min_index=handed.index, history_id=handed.history_id)).owners
    assert [each.key_id for each in owners] == [other.id], owners

    # Everything that has happened to one package, from its first version on.
    kinds = []
    watching = reg.Watch(registry.WatchRequest(after_index=registered.index - 1, history_id=registered.history_id, packages=[ref], progress_ms=1000))
    for event in watching:
        kinds += [registry.ChangeKind.Name(each.kind).removeprefix("CHANGE_KIND_") for each in event.changes.changes if each.id.name == "base"]
        if len(kinds) == 5:
            break
    watching.cancel()
    assert kinds == ["PUBLISHED", "PUBLISHED", "YANKED", "UNYANKED", "DEPRECATED"], kinds

    # Bytes.
    received = b"".join(each.chunk for each in blobs.Download(store.DownloadRequest(content_hash=hash_message(digest), id=published.id)))
    assert hashlib.sha256(received).hexdigest() == digest
    loose = os.urandom(1000)
    loose_hash = hash_message(hashlib.sha256(loose).hexdigest())
    upload = [store.UploadRequest(header=store.UploadHeader(content_hash=loose_hash, size_bytes=1000)), store.UploadRequest(chunk=loose)]
    uploaded = blobs.Upload(iter(upload))
    assert len(uploaded.holders) >= 2, uploaded
    assert blobs.Exists(store.ExistsRequest(content_hash=loose_hash)).exists
    assert blobs.GetMetadata(store.GetMetadataRequest(content_hash=hash_message(digest))).size_bytes == len(content)
    copied = blobs.CopyTo(store.CopyToRequest(content_hash=hash_message(digest), node_id=status.nodes[-1].id))
    assert copied.size_bytes == len(content)
    assert any(each.content_hash.digest == digest for each in blobs.List(store.ListRequest(page_size=1000)).blobs)
    assert blobs.Stats(store.PackageStoreServiceStatsRequest()).blobs >= 2
    checked = list(blobs.VerifyIntegrity(store.VerifyIntegrityRequest(content_hash=hash_message(digest))))
    assert checked[-1].done and not checked[-1].damaged
    # The loose one is promised for a day yet, and the other one is in use.
    for kept in (loose_hash, hash_message(digest)):
        try:
            blobs.Delete(store.DeleteRequest(content_hash=kept))
            raise AssertionError("a blob went that is promised or in use")
        except grpc.RpcError as refusal:
            assert refusal.code() == grpc.StatusCode.FAILED_PRECONDITION, refusal
    assert blobs.Compact(store.CompactRequest()).leased >= 1

    # Counted, not durable yet: both calls answer.
    reg.RecordDownload(registry.RecordDownloadRequest(id=published.id))
    assert reg.GetStats(registry.GetStatsRequest(**since)).packages >= 3
    reg.ListTrending(registry.ListTrendingRequest(days=7))


if __name__ == "__main__":
    main()
