-- A writer for pandoc: of a document that is read once, the formats named by the variable `formats`, in one archive.
-- PDF and Word get what pandoc does not say: the large numbers of page one, the boxed statement, the widths of columns
-- (by report/columns.py); Typst a figure's words for those who cannot see it, the type of serial numbers and tables
-- that run over pages; Word captions that it can list, PNG figures, and no link of a claim, for it paints every link
-- blue, and a page of blue numbers says nothing.

local TYPST, WORD -- which of them is made

local SERIALS = 'table-credits_listed'
local SIGNED = { ['table-opinion'] = true, ['table-signoff'] = true } -- rows as high as handwriting needs

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

local function Image(image)
  if WORD then
    image.src = image.src:gsub('^(figures/.*)%.svg$', '%1.png')
    return image
  end
  local call = '#image(' .. quoted(image.src) .. ', alt: ' .. quoted(pandoc.utils.stringify(image.caption)) .. ')'
  return pandoc.RawInline('typst', call)
end

local function Link(link) -- of claims
  if WORD and link.target:find('^#claim%-') and #link.content == 1 and link.content[1].classes:includes('claim') then
    return link.content
  end
end

local function typewritten(table) -- serial numbers, which may break after each hyphen
  for _, body in ipairs(table.bodies) do
    for _, row in ipairs(body.body) do
      local serial = pandoc.utils.stringify(row.cells[1].contents):gsub('%-', '-\u{200B}')
      row.cells[1].contents = { pandoc.Plain { pandoc.Code(serial) } }
    end
  end
end

local function counted(blocks) -- the number of a caption as Word's own field, so that it can list tables and figures
  local own = true -- a second number in a caption names another table: counted too, it would shift all that follow
  return blocks:walk { traverse = 'topdown', Span = function(span)
    if not span.classes:includes('number') or not own then return nil end
    own = false
    local kind, number = pandoc.utils.stringify(span.content):match('^(.-)%s*(%d+)$')
    local field = '<w:r><w:t xml:space="preserve">%s </w:t></w:r><w:fldSimple w:instr=" SEQ %s \\* ARABIC "><w:r><w:t>%s</w:t></w:r></w:fldSimple>'
    return pandoc.RawInline('openxml', field:format(kind, kind, number))
  end }
end

local function Figure(figure)
  if WORD then figure.caption.long = counted(figure.caption.long) end
  return figure
end

local function Table(table)
  if WORD then table.caption.long = counted(table.caption.long) end
  if TYPST and table.identifier == SERIALS then typewritten(table) end
  if TYPST and SIGNED[table.identifier] then
    return { pandoc.RawBlock('typst', '#[#set table(inset: (x: 5pt, y: 11pt))'), table, pandoc.RawBlock('typst', ']') }
  end
  return table
end

local function tile(div) -- one of the large numbers of page one: the number, then what it is
  return {
    pandoc.RawBlock('typst', '  tile(['), div.content[1], pandoc.RawBlock('typst', '], ['), div.content[2],
    pandoc.RawBlock('typst', ']),'),
  }
end

local function numbers(div)
  if TYPST then
    local blocks = pandoc.Blocks { pandoc.RawBlock('typst', '#numbers(') }
    for _, each in ipairs(div.content) do blocks:extend(tile(each)) end
    blocks:insert(pandoc.RawBlock('typst', ')'))
    return blocks
  end
  local large, names, align, widths = {}, {}, {}, {}
  for i, each in ipairs(div.content) do
    large[i], names[i] = { pandoc.Plain { pandoc.Strong(each.content[1].content) } }, { pandoc.Plain(each.content[2].content) }
    align[i], widths[i] = pandoc.AlignLeft, 1 / #div.content
  end
  return pandoc.utils.from_simple_table(pandoc.SimpleTable({}, align, widths, {}, { large, names })), false
end

local function over_pages(content, small) -- a long table, and of the longest its rows closer
  small = small and '#set table(inset: (x: 5pt, y: 3.2pt))\n#show table.cell: set text(size: small)' or ''
  local blocks = pandoc.Blocks { pandoc.RawBlock('typst', '#[#show figure: set block(breakable: true)' .. '\n' .. small) }
  blocks:extend(content)
  blocks:insert(pandoc.RawBlock('typst', ']'))
  return blocks
end

local function laid_out(div) -- a table with the columns' shares of the page, of each format
  local layout, widths = div.attributes[TYPST and 'typst' or 'docx'], {}
  for width in layout:gmatch('%S+') do widths[#widths + 1] = tonumber(width) end
  local blocks = div.content:walk { Table = function(table)
    table.colspecs = table.colspecs:map(function(spec, i) return { spec[1], widths[i] } end)
    return table
  end }
  return TYPST and layout:find('long') and over_pages(blocks, layout:find('small')) or blocks
end

local function Div(div)
  if div.classes:includes('numbers') then return numbers(div) end
  if div.identifier == 'annexes' then return TYPST and pandoc.RawBlock('typst', '#pagebreak(weak: true)') or {} end
  if div.identifier == 'contents' then return TYPST and pandoc.RawBlock('typst', '#contents()') or {} end
  if TYPST and div.classes:includes('statement') then
    return { pandoc.RawBlock('typst', '#statement['), div, pandoc.RawBlock('typst', ']') }
  end
  if TYPST and div.classes:includes('declaration') then
    local call = '#declaration(' .. quoted(div.attributes['data-mark'] or '') .. ')['
    return { pandoc.RawBlock('typst', call), div, pandoc.RawBlock('typst', ']') }
  end
  if WORD and div.attributes['data-mark'] then
    div.content:insert(1, pandoc.Para { pandoc.Strong(div.attributes['data-mark']) })
    return div
  end
  return div.attributes.typst and laid_out(div) or div.classes:includes('scroll') and div.content or nil
end

local function Span(span)
  if span.classes:includes('number') then return pandoc.Strong(span.content) end
end

local PAPER = { { Image = Image, Link = Link, Figure = Figure, Table = Table, Div = Div }, { Span = Span } } -- captions before their spans
local SCREEN = { { Div = function(div) -- without what is for paper
  if not div.attributes.typst then return nil end
  div.attributes.typst, div.attributes.docx = nil, nil
  return div
end } }

local function written(document, format, options)
  TYPST, WORD = format == 'typst', format == 'docx'
  for _, filter in ipairs(format == 'html5' and SCREEN or PAPER) do document = document:walk(filter) end
  local own = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'report.' .. (TYPST and 'typ' or 'html') }
  options.template = pandoc.template.compile(WORD and pandoc.template.default(format) or pandoc.template.get(own))
  return pandoc.zip.Entry(format, pandoc.write(document, format, options))
end

function ByteStringWriter(document, options)
  local entries = pandoc.List()
  for format in tostring(options.variables.formats):gmatch('%S+') do
    entries:insert(written(document, format, options))
  end
  return pandoc.zip.Archive(entries):bytestring()
end
