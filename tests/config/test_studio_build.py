"""Node, as the set-up of the page runs it."""

from __future__ import annotations

import pytest

from config.setup.studio import Node


def test_node_trusts_the_certificates_that_python_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("/opt/node/bin/node", ("/opt/node/bin/npm",))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "NODE_EXTRA_CA_CERTS" not in node.environ
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/own.pem")
    assert node.environ["NODE_EXTRA_CA_CERTS"] == "/etc/ssl/own.pem"
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/etc/ssl/node.pem")
    assert node.environ["NODE_EXTRA_CA_CERTS"] == "/etc/ssl/node.pem"
    assert node.environ["PATH"].startswith("/opt/node/bin:")
