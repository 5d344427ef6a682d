"""Every page a browser is pointed at, with a word of its heading. A page that is added is added here, and then seen in
every look, by axe, by keyboard and without scripts."""

# Path, word of the heading.
PAGES = [
    ("/", "charte"),
    ("/assistant", "Assistant"),
    ("/outils", "Outils"),
    ("/charte", "Charte"),
    ("/retours", "Retours"),
    ("/signalements", "Signalements"),
    ("/mes-donnees", "données"),
    ("/comite", "comité"),
    ("/administration", "Administration"),
    ("/administration/essai", "Essayer"),
    ("/administration/versions", "Versions"),
    ("/administration/cles", "Clés"),
    ("/administration/identite", "Identité"),
    ("/accessibilite", "Accessibilité"),
]

# Pages whose scripts do what a page without them cannot: they say so where there are none.
WITH_SCRIPTS = {"/assistant"}

# Bytes of a page with all it loads, the chat apart.
HEAVIEST = 100_000
