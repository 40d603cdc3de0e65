"""Settings come from the environment, and a wrong one is named."""

import pytest

from service.errors import BoxOfficeError
from service.settings import Settings, misspelt


def test_without_variables_the_defaults_hold() -> None:
    assert Settings() == Settings.from_env({})


def test_each_setting_is_read_from_its_variable() -> None:
    given = Settings.from_env(
        {
            "BOX_OFFICE_MODEL": "box_office:abc",
            "BOX_OFFICE_WORKERS": "3",
            "BOX_OFFICE_GRPC_HOST": "127.0.0.1",
            "BOX_OFFICE_GRPC_PORT": "0",
            "BOX_OFFICE_MAX_BATCH": "5",
            "BOX_OFFICE_MAX_EXPLAINED": "4",
            "BOX_OFFICE_MAX_BODY": "6",
            "BOX_OFFICE_MAX_PENDING": "8",
            "BOX_OFFICE_MAX_CONCURRENCY": "7",
            "BOX_OFFICE_MAX_CONNECTIONS": "9",
            "BOX_OFFICE_TIMEOUT": "0.5",
            "BOX_OFFICE_GRACE": "1.5",
            "BOX_OFFICE_LOG": "json",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
            "PORT": "8080",
        }
    )

    assert given == Settings(
        model="box_office:abc",
        workers=3,
        grpc_host="127.0.0.1",
        grpc_port=0,
        max_batch=5,
        max_explained=4,
        max_body=6,
        max_pending=8,
        max_concurrency=7,
        max_connections=9,
        timeout=0.5,
        grace=1.5,
        log="json",
        otlp_endpoint="http://collector:4318",
        platform_port=8080,
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("BOX_OFFICE_WORKERS", "0", "must be a whole number of at least 1, not '0'"),
        ("BOX_OFFICE_WORKERS", "two", "must be a whole number of at least 1, not 'two'"),
        ("BOX_OFFICE_MAX_BATCH", "-1", "must be a whole number of at least 1, not '-1'"),
        ("BOX_OFFICE_MAX_BODY", "1.5", "must be a whole number of at least 1, not '1.5'"),
        ("BOX_OFFICE_MAX_CONCURRENCY", "", "must be a whole number of at least 1, not ''"),
        ("BOX_OFFICE_GRPC_PORT", "65536", "must be a whole number from 0 to 65535, not '65536'"),
        ("PORT", "http", "must be a whole number from 0 to 65535, not 'http'"),
        ("BOX_OFFICE_TIMEOUT", "0", "must be a number of seconds above 0, not '0'"),
        ("BOX_OFFICE_TIMEOUT", "nan", "must be a number of seconds above 0, not 'nan'"),
        ("BOX_OFFICE_LOG", "xml", "must be one of plain, json, not 'xml'"),
        ("BOX_OFFICE_GRPC_HOST", "", "must be a host name or an IP address, not ''"),
        ("BOX_OFFICE_GRPC_HOST", "a b", "must be a host name or an IP address, not 'a b'"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense", "must be like http://collector:4318, not"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector:21", "must be like http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://:4318", "must be like http://collector:4318, not"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:x", "must be like http://collector:4318"),
    ],
)
def test_a_wrong_value_is_refused_with_the_variable_named(name: str, text: str, words: str) -> None:
    with pytest.raises(BoxOfficeError, match=f"^{name} {words}"):
        Settings.from_env({name: text})


def test_an_ipv6_address_may_have_brackets() -> None:
    assert "::1" == Settings.from_env({"BOX_OFFICE_GRPC_HOST": "[::1]"}).grpc_host


def test_no_address_is_no_collector() -> None:
    assert Settings() == Settings.from_env({"OTEL_EXPORTER_OTLP_ENDPOINT": ""})


def test_a_name_that_is_no_setting_is_told_with_the_closest() -> None:
    names = ("BOX_OFFICE_WORKER", "BOX_OFFICE_PORT", "BOX_OFFICE_XYZ", "BOX_OFFICE_LOG", "PATH")

    assert [
        "BOX_OFFICE_PORT is not a setting, and changes nothing: did you mean PORT?",
        "BOX_OFFICE_WORKER is not a setting, and changes nothing: did you mean BOX_OFFICE_WORKERS?",
        "BOX_OFFICE_XYZ is not a setting, and changes nothing.",
    ] == list(misspelt(dict.fromkeys(names, "8000")))


def test_what_kubernetes_says_of_services_with_such_names_is_no_setting() -> None:
    address = "tcp://10.0.0.7:3001"
    told = {
        "BOX_OFFICE_SERVICE_HOST": "10.0.0.7",
        "BOX_OFFICE_SERVICE_PORT": "3000",
        "BOX_OFFICE_SERVICE_PORT_HTTP": "3000",
        "BOX_OFFICE_PORT": address,
        "BOX_OFFICE_PORT_3000_TCP": address,
        "BOX_OFFICE_PORT_3000_TCP_PROTO": "tcp",
        "BOX_OFFICE_GRPC_PORT": address,
        "BOX_OFFICE_GRPC_SERVICE_HOST": "10.0.0.7",
    }

    assert [] == list(misspelt(told))
    assert Settings() == Settings.from_env(told)
