"""The conda recipe renders, and has what a channel asks for."""

import pathlib

import pytest

jinja2 = pytest.importorskip("jinja2")
yaml = pytest.importorskip("yaml")

PACKAGING = pathlib.Path(__file__).parents[2]


def rendered():
    text = (PACKAGING / "conda" / "meta.yaml").read_text()
    names = {
        "environ": {},
        "compiler": lambda language: f"{language}-compiler",
        "pin_subpackage": lambda name, **_: name,
    }
    return yaml.safe_load(jinja2.Template(text, undefined=jinja2.StrictUndefined).render(**names))


def test_the_recipe_has_every_section():
    recipe = rendered()
    manifest = (PACKAGING.parent / "Cargo.toml").read_text()
    assert f'version = "{recipe["package"]["version"]}"' in manifest
    assert {"source", "build", "requirements", "test", "about", "extra"} <= recipe.keys()
    assert recipe["build"]["number"] == 0 and recipe["build"]["run_exports"]
    assert recipe["test"]["commands"] and recipe["about"]["license"] and recipe["about"]["summary"]
    assert {"c-compiler", "rust-compiler"} <= set(recipe["requirements"]["build"])
    for name in recipe["about"]["license_file"]:
        assert (PACKAGING.parent / name).exists()
