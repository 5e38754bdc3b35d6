-- What Word cannot lay out from divisions: the large numbers of page one become a table without lines, and the
-- place of the contents is pandoc's own.

function Div(div)
  if div.identifier == 'contents' then return {} end
  if not div.classes:includes('numbers') then return nil end
  local numbers, names, align, widths = {}, {}, {}, {}
  for i, tile in ipairs(div.content) do
    numbers[i] = { pandoc.Plain { pandoc.Strong(tile.content[1].content) } }
    names[i] = { pandoc.Plain(tile.content[2].content) }
    align[i], widths[i] = pandoc.AlignLeft, 1 / #div.content
  end
  local simple = pandoc.SimpleTable({}, align, widths, {}, { numbers, names })
  return pandoc.utils.from_simple_table(simple)
end
