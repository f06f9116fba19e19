import pytest

pytest.register_assert_rewrite("tests.gpu_worker.engines.conformance")
