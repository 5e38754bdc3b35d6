-- What Typst needs and pandoc does not say: a figure's words for those who cannot see it, the widths of a table's
-- columns, the type of serial numbers, and the boxed statement.

local ROOM = 44 -- characters; of a longer cell only a quarter of the rest counts
local CHINESE = 10 -- Chinese breaks anywhere, but fewer characters than five a line read badly
local LINE = 112 -- characters that fit beside each other on a page
local SMALLER = { ['table-claims'] = true, ['table-sentences'] = true } -- the longest tables are set smaller,
local SMALL = 0.86 -- by this: `small` in report.typ
local SERIALS = 'table-credits_listed'
local WHOLE = 6 -- rows; a longer table may run over a page

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

function Image(image)
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

function Table(table)
  if table.identifier == SERIALS then typewritten(table) end
  local least, wish, count = {}, {}, #table.head.rows
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
    count = count + #body.body
  end
  local line = SMALLER[table.identifier] and LINE / SMALL or LINE
  for i, share in ipairs(shares(least, wish, line)) do table.colspecs[i] = { table.colspecs[i][1], share } end
  if count <= WHOLE then return table end
  local small = SMALLER[table.identifier] and '#set table(inset: (x: 5pt, y: 3.2pt))\n#show table.cell: set text(size: small)' or ''
  return { pandoc.RawBlock('typst', '#[#show figure: set block(breakable: true)' .. '\n' .. small), table, pandoc.RawBlock('typst', ']') }
end

function Div(div)
  if div.classes:includes('statement') then
    return { pandoc.RawBlock('typst', '#statement['), div, pandoc.RawBlock('typst', ']') }
  end
  return div.classes:includes('scroll') and div.content or nil
end

function Span(span)
  if span.classes:includes('number') then return pandoc.Strong(span.content) end
end
