"""Nothing of the user's AWS settings reaches the emulator, the functions or the command line."""

from __future__ import annotations

from pathlib import Path

from infra.stack.environment import child_environment, isolate

USER = {
    "PATH": "/usr/bin",
    "HOME": "/home/user",
    "AWS_PROFILE": "work",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL": "http://10.0.0.1",
    "AWS_CONFIG_FILE": "/home/user/.aws/config",
    "KMA_API_KEY": "key",
    "PYTHONPATH": "/elsewhere",
    "HTTPS_PROXY": "http://proxy:3128",
    "SECRET": "x",
}


def test_a_child_gets_what_is_listed_and_no_more(tmp_path: Path) -> None:
    child = child_environment(USER, owner="/o", name="emulator", home=tmp_path, reaches_out=False)
    assert child["PATH"] == "/usr/bin"
    assert child["AWS_ACCESS_KEY_ID"] == "test"
    assert (child["HOME"], child["TMPDIR"]) == (str(tmp_path), str(tmp_path / "tmp"))
    leaked = {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "KMA_API_KEY", "PYTHONPATH", "SECRET"}
    assert not leaked & child.keys()
    assert "HTTPS_PROXY" not in child
    assert "/home/user" not in " ".join(child.values())


def test_only_a_child_that_reaches_out_gets_the_proxy_and_never_for_loopback(tmp_path: Path) -> None:
    child = child_environment(USER, owner="/o", name="emulator", home=tmp_path, reaches_out=True)
    assert child["HTTPS_PROXY"] == "http://proxy:3128"
    assert "127.0.0.1" in child["NO_PROXY"]


def test_the_command_line_forgets_the_users_aws_settings() -> None:
    environ = dict(USER, NO_PROXY="intranet")
    isolate(environ)
    assert "AWS_PROFILE" not in environ
    assert "AWS_ENDPOINT_URL" not in environ
    assert environ["AWS_ACCESS_KEY_ID"] == "test"
    assert environ["AWS_CONFIG_FILE"] != USER["AWS_CONFIG_FILE"]
    assert environ["NO_PROXY"].split(",") == ["intranet", "127.0.0.1", "localhost"]
