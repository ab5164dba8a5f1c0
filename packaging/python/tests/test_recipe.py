"""The conda recipe as rattler-build (PyPI: py-rattler-build) reads it: its schema, its expressions, its sections."""

import pathlib

import pytest

rattler_build = pytest.importorskip("rattler_build")

PACKAGING = pathlib.Path(__file__).parents[2]
# What a channel says of itself.
CHANNEL = "c_stdlib: [sysroot]\nc_stdlib_version: ['2.17']\n"


def test_the_recipe_renders_and_has_every_section():
    read = rattler_build.Stage0Recipe.from_file(PACKAGING / "conda" / "recipe.yaml")
    (variant,) = read.render(rattler_build.VariantConfig.from_yaml(CHANNEL))
    recipe = variant.recipe.to_dict()
    manifest = (PACKAGING.parent / "Cargo.toml").read_text()
    assert f'\nversion = "{recipe["package"]["version"]}"\n' in manifest
    assert recipe["build"]["number"] == 0 and any("cargo install" in line for line in recipe["build"]["script"])
    assert {"gcc_linux-64", "rust_linux-64", "cargo-bundle-licenses"} <= set(recipe["requirements"]["build"])
    assert recipe["requirements"]["run_exports"]
    assert any("selftest" in line for test in recipe["tests"] for line in test.get("script", []))
    for name in recipe["about"]["license_file"]:
        assert name == "THIRDPARTY.yml" or (PACKAGING.parent / name).exists()
