-- What Typst needs and pandoc does not say: a figure's words for those who cannot see it, the widths of a table's
-- columns, and the boxed statement.

local ROOM = 34 -- characters; a longer cell wraps
local WHOLE = 14 -- rows; a longer table may run over a page

local function quoted(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

local function breadth(text) -- a Chinese character is as broad as two Latin ones
  local sum = 0
  for _, code in utf8.codes(text) do sum = sum + (code >= 0x2E80 and 2 or 1) end
  return sum
end

local function wanted(cell) -- as broad as its text, up to ROOM, but never less than its longest word
  local text, word = pandoc.utils.stringify(cell.contents), 0
  for part in text:gsub('[_%-]', '%0 '):gmatch('%S+') do
    if not part:find('[\xE3-\xEF]') then word = math.max(word, breadth(part)) end
  end
  return math.max(word, math.min(breadth(text), ROOM)) + 3
end

function Image(image)
  local call = '#image(' .. quoted(image.src) .. ', alt: ' .. quoted(pandoc.utils.stringify(image.caption)) .. ')'
  return pandoc.RawInline('typst', call)
end

function Table(table)
  local widths, all, count = {}, 0, #table.head.rows
  local function measure(rows, weight)
    for _, row in ipairs(rows) do
      for i, cell in ipairs(row.cells) do widths[i] = math.max(widths[i] or 0, weight * wanted(cell)) end
    end
  end
  measure(table.head.rows, 1.1) -- heads are bold
  for _, body in ipairs(table.bodies) do
    measure(body.body, 1)
    count = count + #body.body
  end
  for _, width in ipairs(widths) do all = all + width end
  for i, width in ipairs(widths) do table.colspecs[i] = { table.colspecs[i][1], width / all } end
  if count <= WHOLE then return table end
  return { pandoc.RawBlock('typst', '#[#show figure: set block(breakable: true)'), table, pandoc.RawBlock('typst', ']') }
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
