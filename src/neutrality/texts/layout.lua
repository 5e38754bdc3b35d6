-- What PDF and Word need and pandoc does not say: the widths of a table's columns, the large numbers of page one, the
-- boxed statement; for Typst a figure's words for those who cannot see it and the type of serial numbers, for Word
-- captions that it can list.

local TYPST, WORD = FORMAT == 'typst', FORMAT == 'docx'

local ROOM = 44 -- characters; of a longer cell only a quarter of the rest counts
local CHINESE = 10 -- Chinese breaks anywhere, but fewer characters than five a line read badly
local LINE = WORD and 96 or 112 -- characters that fit beside each other on a page
local SMALLER = { ['table-claims'] = true, ['table-sentences'] = true } -- the longest tables are set smaller,
local SMALL = 0.86 -- by this: `small` in report.typ
-- Of a table of sentences the words and the reason are what is read: their columns are given.
local GIVEN = {
  ['table-sentences'] = { 0.055, 0.265, 0.11, 0.13, 0.15, 0.29 },
  ['table-open_evidence'] = { 0.47, 0.11, 0.25, 0.08, 0.09 },
}
local SERIALS = 'table-credits_listed'
local SIGNED = { ['table-opinion'] = true, ['table-signoff'] = true } -- rows as high as handwriting needs
local WHOLE = 15 -- lines; a longer table may run over a page

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

local function breadth(text) -- a Chinese character is as broad as two Latin ones, a capital as one and a third
  local sum = 0
  for _, code in utf8.codes(text) do
    sum = sum + (code >= 0x2E80 and 2 or code >= 65 and code <= 90 and 4 / 3 or 1)
  end
  return sum
end

local function typed(cell) -- ids and serial numbers, which break at every mark inside them
  local found = false
  pandoc.Div(cell.contents):walk { Code = function() found = true end }
  return found
end

local function needs(cell) -- the breadth of a cell's longest word, and of its text
  local text, word = pandoc.utils.stringify(cell.contents), 0
  for part in text:gsub('[_%-]', '%0 '):gmatch('%S+') do
    word = math.max(word, part:find('[\xE3-\xEF]') and math.min(breadth(part), CHINESE) or breadth(part))
  end
  local all = breadth(text)
  if typed(cell) then all = all / 2 end
  return word + 3, math.max(word, all > ROOM and ROOM + (all - ROOM) / 4 or all) + 3
end

local function shares(least, wish, line) -- of the page's breadth: as wished, else the wishes give way, not the words
  local sum_least, sum_wish, share = 0, 0, {}
  for i = 1, #wish do sum_least, sum_wish = sum_least + least[i], sum_wish + wish[i] end
  local give = math.max(0, math.min(1, (line - sum_least) / math.max(1, sum_wish - sum_least)))
  local all = sum_least + give * (sum_wish - sum_least)
  for i = 1, #wish do share[i] = (least[i] + give * (wish[i] - least[i])) / all end
  return share
end

local function lines_of(rows, share, line) -- how many lines the rows of a table take, about
  local sum = 0
  for _, row in ipairs(rows) do
    local most = 1
    for i, cell in ipairs(row.cells) do
      most = math.max(most, math.ceil(breadth(pandoc.utils.stringify(cell.contents)) / (share[i] * line)))
    end
    sum = sum + most
  end
  return sum
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
  local least, wish, rows = {}, {}, pandoc.List {}
  rows:extend(table.head.rows)
  local function measure(rows, bold, lines)
    for _, row in ipairs(rows) do
      for i, cell in ipairs(row.cells) do
        local word, all = needs(cell)
        least[i] = math.max(least[i] or 0, bold * word)
        wish[i] = math.max(wish[i] or 0, least[i], bold * all / lines)
      end
    end
  end
  measure(table.head.rows, 1.1, 1.7) -- heads are bold, and may take two lines
  for _, body in ipairs(table.bodies) do
    measure(body.body, 1, 1)
    rows:extend(body.body)
  end
  local line = SMALLER[table.identifier] and LINE / SMALL or LINE
  local share_of = GIVEN[table.identifier]
  if not share_of or #share_of ~= #wish then share_of = shares(least, wish, line) end
  for i, share in ipairs(share_of) do table.colspecs[i] = { table.colspecs[i][1], share } end
  if TYPST and SIGNED[table.identifier] then
    return { pandoc.RawBlock('typst', '#[#set table(inset: (x: 5pt, y: 11pt))'), table, pandoc.RawBlock('typst', ']') }
  end
  if WORD or lines_of(rows, share_of, line) <= WHOLE then return table end
  local small = SMALLER[table.identifier] and '#set table(inset: (x: 5pt, y: 3.2pt))\n#show table.cell: set text(size: small)' or ''
  return { pandoc.RawBlock('typst', '#[#show figure: set block(breakable: true)' .. '\n' .. small), table, pandoc.RawBlock('typst', ']') }
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
  return div.classes:includes('scroll') and div.content or nil
end

function Span(span)
  if span.classes:includes('number') then return pandoc.Strong(span.content) end
end

return { { Image = Image, Figure = Figure, Table = Table, Div = Div }, { Span = Span } } -- captions before their spans
