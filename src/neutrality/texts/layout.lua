-- What PDF and Word need and pandoc does not say: the large numbers of page one, the boxed statement; for Typst a
-- figure's words for those who cannot see it, the type of serial numbers and tables that run over pages, for Word
-- captions that it can list. The widths of columns are given by report/columns.py.

local TYPST, WORD = FORMAT == 'typst', FORMAT == 'docx'

local SERIALS = 'table-credits_listed'
local SIGNED = { ['table-opinion'] = true, ['table-signoff'] = true } -- rows as high as handwriting needs

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

function Image(image)
  if not TYPST then return nil end
  local call = '#image(' .. quoted(image.src) .. ', alt: ' .. quoted(pandoc.utils.stringify(image.caption)) .. ')'
  return pandoc.RawInline('typst', call)
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

function Figure(figure)
  if WORD then figure.caption.long = counted(figure.caption.long) end
  return figure
end

function Table(table)
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

local function over_pages(div) -- a long table, and of the longest its rows closer
  local small = div.classes:includes('small') and '#set table(inset: (x: 5pt, y: 3.2pt))\n#show table.cell: set text(size: small)' or ''
  local blocks = pandoc.Blocks { pandoc.RawBlock('typst', '#[#show figure: set block(breakable: true)' .. '\n' .. small) }
  blocks:extend(div.content)
  blocks:insert(pandoc.RawBlock('typst', ']'))
  return blocks
end

function Div(div)
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
  if TYPST and div.classes:includes('long') then return over_pages(div) end
  return div.classes:includes('scroll') and div.content or nil
end

function Span(span)
  if span.classes:includes('number') then return pandoc.Strong(span.content) end
end

return { { Image = Image, Figure = Figure, Table = Table, Div = Div }, { Span = Span } } -- captions before their spans
