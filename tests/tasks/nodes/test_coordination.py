"""Workers with full rights and nodes with a token offer the same operations."""

from tasks.nodes.coordination import Coordination
from tasks.nodes.mailbox import Mailbox


def test_a_node_with_a_token_sends_a_request_for_every_operation() -> None:
    operations = {name for name in vars(Coordination) if not name.startswith("_")}
    assert operations <= vars(Mailbox).keys()
