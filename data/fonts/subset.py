# Makes the two fonts of the committee's PDF: python subset.py SOURCE.otf TARGET.otf (fonttools 4; see data/SOURCES.md).
import sys
from fontTools import subset
from fontTools.ttLib import TTFont
src, dst = sys.argv[1:]
font = TTFont(src)
# tabular digits in the place of the proportional ones, so that columns of figures stand under each other
tnum = {}
for record in font['GSUB'].table.FeatureList.FeatureRecord:
    if record.FeatureTag == 'tnum':
        for index in record.Feature.LookupListIndex:
            for table in font['GSUB'].table.LookupList.Lookup[index].SubTable:
                table = getattr(table, 'ExtSubTable', table)
                tnum.update(getattr(table, 'mapping', {}))
        break
for table in font['cmap'].tables:
    if hasattr(table, 'cmap'):
        for code in list(table.cmap):
            if 0x30 <= code <= 0x39:
                table.cmap[code] = tnum.get(table.cmap[code], table.cmap[code])
options = subset.Options()
options.layout_features = []
options.hinting = False
options.notdef_outline = True
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
options.drop_tables += ['GPOS', 'GSUB', 'GDEF', 'DSIG', 'STAT']
codes = [*range(0x20, 0x7f), *range(0xa0, 0x180), 0x2009, 0x202f, 0x2013, 0x2014, 0x2018, 0x2019, 0x201a, 0x201c, 0x201d, 0x2022, 0x2026, 0x2030, 0x20ac, 0x2082, 0x2190, 0x2192, 0x2212, 0x2264, 0x2265, 0x2260, 0x00d7, 0xfffd]
s = subset.Subsetter(options)
s.populate(unicodes=codes)
s.subset(font)
font['head'].modified = font['head'].created
font.recalcTimestamp = False
font.save(dst)
