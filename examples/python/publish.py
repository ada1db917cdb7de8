"""Publishes a signed package from Python, with nothing but the proto files and the test vectors.

    python3 -m venv .venv && .venv/bin/pip install -r examples/python/requirements.txt
    .venv/bin/python examples/python/publish.py 127.0.0.1:7401

First the test vectors: the bytes this script signs must be the registry's own. Then it publishes a package to the node
named, reads it back, downloads it and checks its hash.
"""

import gzip
import hashlib
import importlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import grpc
import nacl.signing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROTO = ROOT / "proto"


def load_messages():
    """Compiles the proto files into a folder that goes away with the process."""
    out = tempfile.mkdtemp(prefix="ggen-market-python-")
    files = sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("ggen/marketplace/v1/*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", f"--python_out={out}", f"--grpc_python_out={out}"]
    subprocess.run([*command, *files], check=True)
    sys.path.insert(0, out)
    names = ("package_pb2", "registry_service_pb2", "registry_service_pb2_grpc", "package_store_service_pb2", "package_store_service_pb2_grpc")
    return [importlib.import_module(f"ggen.marketplace.v1.{name}") for name in names]


def canonical(value):
    """RFC 8785 for what a form holds: text, lists and objects with ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def without_absent(value):
    """Empty text and empty lists are absent, and absent is left out."""
    if isinstance(value, dict):
        inner = {name: without_absent(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each not in ("", [], None)}
    return [without_absent(each) for each in value] if isinstance(value, list) else value


def publish_form(metadata, content_hash):
    form = dict(metadata)
    if content_hash is not None:
        form["contentHash"] = content_hash
    return ("ggen-marketplace/v1/publish\n" + canonical(without_absent(form))).encode()


def check_vectors():
    vectors = json.loads((PROTO / "test-vectors" / "publish.json").read_text())["vectors"]
    for vector in vectors:
        form = publish_form(vector["metadata"], vector.get("contentHash"))
        assert form.decode() == vector["form"], vector["description"]
        key = nacl.signing.SigningKey(bytes.fromhex(vector["key"]["seed"]))
        assert key.sign(form).signature.hex() == vector["signature"], vector["description"]
    return len(vectors)


def archive(metadata):
    """A .tar.gz with one top folder and the manifest inside, which has to agree with the metadata."""
    manifest = "\n".join(
        [
            "[package]",
            f'namespace = "{metadata["id"]["namespace"]}"',
            f'name = "{metadata["id"]["name"]}"',
            f'version = "{metadata["id"]["version"]}"',
            f'description = "{metadata["description"]}"',
            'license = "MIT"',
            "",
        ]
    )
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for path, text in (("package/package.toml", manifest), ("package/hello.py", "print('hello')\n")):
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            out.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(tar.getvalue(), mtime=0)


def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ENDPOINT", "127.0.0.1:7401")
    print(f"{check_vectors()} test vectors agree")
    package, registry, registry_grpc, store, store_grpc = load_messages()

    key = nacl.signing.SigningKey.generate()
    public_key = bytes(key.verify_key)
    metadata = {
        "id": {"namespace": f"python-{os.urandom(3).hex()}", "name": "hello", "version": "1.0.0"},
        "kind": "library",
        "description": "published from Python",
        "license": "MIT",
    }
    content = archive(metadata)
    digest = hashlib.sha256(content).hexdigest()
    form = publish_form(metadata, {"algorithm": "sha256", "digest": digest})
    header = registry.PublishHeader(
        metadata=package.PackageMetadata(**{**metadata, "id": package.PackageId(**metadata["id"])}),
        content_hash=package.ContentHash(algorithm=package.HASH_ALGORITHM_SHA256, digest=digest),
        size_bytes=len(content),
        signatures=[
            package.Signature(
                key_id=hashlib.sha256(public_key).hexdigest()[:16],
                algorithm=package.SIGNATURE_ALGORITHM_ED25519,
                value=key.sign(form).signature,
            )
        ],
        public_keys=[public_key],
        request_id=os.urandom(16),
    )

    def parts():
        yield registry.PublishRequest(header=header)
        for at in range(0, len(content), 256 * 1024):
            yield registry.PublishRequest(chunk=content[at : at + 256 * 1024])

    with grpc.insecure_channel(endpoint) as channel:
        stub = registry_grpc.RegistryServiceStub(channel)
        published = stub.Publish(parts(), timeout=30)
        print(f"published {published.id.namespace}/{published.id.name}@{published.id.version} at index {published.index}")
        found = stub.Get(registry.GetRequest(id=published.id, min_index=published.index, history_id=published.history_id), timeout=10)
        assert found.version.content.sha256 == digest, found
        blobs = store_grpc.PackageStoreServiceStub(channel)
        request = store.DownloadRequest(content_hash=published.content_hash, id=published.id)
        received = b"".join(answer.chunk for answer in blobs.Download(request, timeout=30) if answer.chunk)
        assert hashlib.sha256(received).hexdigest() == digest
        print(f"downloaded {len(received)} bytes, sha256 {digest[:16]}… as published")


if __name__ == "__main__":
    main()
