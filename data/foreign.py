"""First names and surnames borne elsewhere, from the lists of the Faker
package (MIT), in Latin letters: {country: (first names, surnames)}."""
import ast
import os
import re

LATIN = re.compile(r"(?:[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+[-' ]?)+")
COUNTRIES = ("az_AZ cs_CZ da_DK de_DE en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_TH en_US es_ES es_MX et_EE fi_FI fr_DZ ha_NG hr_HR hu_HU id_ID ig_NG "
             "it_IT ja_JP lt_LT lv_LV ne_NP nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE sw th_TH tr_TR tw_GH uz_UZ vi_VN yo_NG zh_CN zu_ZA").split()


def by_country(folder):
    """Reads the lists of the package unpacked in `folder`/faker; runs none of its code."""
    found = {}
    for country in COUNTRIES:
        path = os.path.join(folder, "faker", "faker", "providers", "person", country, "__init__.py")
        with open(path, encoding="utf-8") as f:
            tree = ast.parse(f.read())
        names = {"first": set(), "last": set()}
        for node in ast.walk(tree):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            for part in names:
                if part in getattr(target, "id", ""):
                    words = (c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and isinstance(c.value, str))
                    names[part] |= {w for w in words if len(w) > 1 and w[0].isupper() and LATIN.fullmatch(w)}
        if all(len(words) > 20 for words in names.values()):
            found[country] = (sorted(names["first"]), sorted(names["last"]))
    return found
