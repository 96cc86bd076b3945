"""compose.yaml says what the product understands: its settings, secrets and commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from renkei.settings import Settings
from support.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["migrate", "web", "worker"]
SETTINGS = {f"renkei_{name}" for name in Settings.model_fields}


def test_the_services_are_ours_and_three_that_they_stand_on() -> None:
    assert sorted(SERVICES) == ["database", "meilisearch", "migrate", "redis", "web", "worker"]
    assert {name: SERVICES[name]["command"][:3] for name in OURS} == {
        "migrate": ["renkei", "db", "upgrade"],
        "web": ["renkei", "web", "--host"],
        "worker": ["renkei", "worker"],
    }


def test_the_database_is_postgresql_15_and_redis_is_7() -> None:
    images = {name: SERVICES[name]["image"] for name in ("database", "redis", "meilisearch")}
    assert images["database"].startswith("postgres:15")
    assert images["redis"].startswith("redis:7")
    assert re.fullmatch(r"getmeili/meilisearch:v1\.\d+", images["meilisearch"])


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting(service: str) -> None:
    assert {name.lower() for name in SERVICES[service]["environment"]} - SETTINGS == set()


@pytest.mark.parametrize("service", OURS)
def test_what_holds_a_password_is_a_secret_that_the_settings_read(
    service: str, tmp_path: Path
) -> None:
    secrets = SERVICES[service]["secrets"]
    assert sorted(secrets) == [
        "renkei_database_url",
        "renkei_meilisearch_key",
        "renkei_secret_key",
        "renkei_signing_key",
        "renkei_smtp_url",
    ]
    for name in secrets:
        (tmp_path / name).write_text(f"秘密の{name}\n", encoding="utf-8")
    read = Settings(_secrets_dir=tmp_path)
    assert read.database_url == "秘密のrenkei_database_url"
    assert read.smtp_url == "秘密のrenkei_smtp_url"
    assert read.secret_key.get_secret_value() == "秘密のrenkei_secret_key"
    assert read.signing_key.get_secret_value() == "秘密のrenkei_signing_key"
    assert read.meilisearch_key.get_secret_value() == "秘密のrenkei_meilisearch_key"


def test_every_secret_is_a_file_that_the_deployment_page_makes() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    assert files == {name: f"./secrets/{name}" for name in files}
    assert {name for name in files if f"> {name}" in page} == set(files)
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(files)


@pytest.mark.parametrize("service", OURS)
def test_our_processes_run_with_the_least_rights(service: str) -> None:
    settings = SERVICES[service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["renkei"]


@pytest.mark.parametrize("service", ["web", "worker"])
def test_web_and_worker_wait_for_the_migration_and_what_they_stand_on(service: str) -> None:
    conditions = {name: need["condition"] for name, need in SERVICES[service]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "database": "service_healthy",
        "redis": "service_healthy",
        "meilisearch": "service_healthy",
    }


def test_everything_that_keeps_running_has_a_health_check() -> None:
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == [
        "migrate"
    ]


def test_the_image_is_built_from_the_lock_and_holds_every_package() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert re.findall(r"^COPY (platform|schema|workers) ", dockerfile, re.MULTILINE) == [
        "platform",
        "schema",
        "workers",
    ]
