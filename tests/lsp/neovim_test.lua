-- The language server driven by Neovim's own client: everything that an author
-- does, on real policies. Exits with 1 at the first thing that is not so.

local FOLDERS = os.getenv("FOLDERS")
-- Until something happens; if it does not, the test fails.
local PATIENCE_MS = 60000

local exit_code
local client = vim.lsp.start_client({
  cmd = { os.getenv("SEKISHO"), "lsp" },
  -- Edits are told in the order in which they are made, also of several files.
  flags = { debounce_text_changes = 0 },
  on_exit = function(code) exit_code = code end,
})

local function check(holds, ...)
  if not holds then
    error(table.concat(vim.tbl_map(vim.inspect, { ... }), "\n"), 2)
  end
end

local function equal(found, expected)
  if not vim.deep_equal(found, expected) then
    error("expected " .. vim.inspect(expected) .. "\nfound " .. vim.inspect(found), 2)
  end
end

local function open(path)
  local buffer = vim.fn.bufadd(FOLDERS .. "/" .. path)
  vim.fn.bufload(buffer)
  vim.lsp.buf_attach_client(buffer, client)
  return buffer
end

local function lines(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
end

-- Row and column, from 0 and in bytes, of the `nth` place of a text.
local function find(buffer, text, nth)
  for row, line in ipairs(lines(buffer)) do
    local from = 1
    while true do
      local column = line:find(text, from, true)
      if not column then break end
      nth = (nth or 1) - 1
      if nth == 0 then return row - 1, column - 1 end
      from = column + 1
    end
  end
  error("no `" .. text .. "`", 2)
end

local function replace(buffer, old, new)
  local row, column = find(buffer, old)
  vim.api.nvim_buf_set_text(buffer, row, column, row, column + #old, { new })
end

local function code(diagnostic)
  return diagnostic.user_data.lsp.code
end

-- What is wrong in the buffer, but for what is odd about a published matrix, and
-- for what is correct and not meant.
local function wrong(buffer)
  local all = vim.diagnostic.get(buffer, { severity = { min = vim.diagnostic.severity.WARN } })
  return vim.tbl_map(
    function(d) return { d.lnum, d.col, (d.message:gsub("\n.*", "")) } end,
    vim.tbl_filter(function(d) return not code(d) end, all)
  )
end

local function wait_for(buffer, expected)
  local found
  vim.wait(PATIENCE_MS, function()
    found = wrong(buffer)
    return vim.deep_equal(found, expected)
  end, 10)
  equal(found, expected)
end

-- The answer to a request about a place, `into` bytes into a text.
local function ask(buffer, method, text, into, params)
  local row, column = find(buffer, text)
  local line = lines(buffer)[row + 1]
  params = vim.tbl_extend("force", {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    position = { line = row, character = vim.str_utfindex(line, column + into) },
  }, params or {})
  local answers, failure =
    vim.lsp.buf_request_sync(buffer, "textDocument/" .. method, params, PATIENCE_MS)
  check(answers, failure)
  return answers[client].result, answers[client].error
end

local function hover(buffer, text, into)
  local answer = ask(buffer, "hover", text, into)
  return answer and answer.contents.value or ""
end

local function labels(buffer, text, into)
  return vim.tbl_map(
    function(item) return item.label end,
    ask(buffer, "completion", text, into).items
  )
end

local function at(locations)
  return vim.tbl_map(function(location)
    return { vim.fn.fnamemodify(vim.uri_to_fname(location.uri), ":t"), location.range.start.line }
  end, locations)
end

local tests = {}

function tests.errors_come_and_go_as_text_is_edited()
  local rules = open("rules/rules.cedar")
  wait_for(rules, {})
  local row, column = find(rules, "roles.contains")
  replace(rules, "roles.contains", "rols.contains")
  wait_for(rules, { { row, column, "`Person` has no attribute `rols`" } })
  replace(rules, "rols.contains", "roles.contains")
  wait_for(rules, {})
  -- An end that is missing is one error, and not one in what follows.
  row = find(rules, "};")
  vim.api.nvim_buf_set_text(rules, row, 0, row, 2, { "" })
  vim.wait(PATIENCE_MS, function() return #wrong(rules) == 1 end, 10)
  equal(#wrong(rules), 1)
  vim.api.nvim_buf_set_text(rules, row, 0, row, 0, { "};" })
  wait_for(rules, {})
end

function tests.places_behind_other_scripts_are_right()
  local rules = open("rules/rules.cedar")
  local old = 'principal.roles.contains(Role::"physician")'
  local new = '["医師🚑"].contains("x") && principal.rols'
  replace(rules, old, new)
  local row, column = find(rules, "rols")
  wait_for(rules, { { row, column, "`Person` has no attribute `rols`" } })
  replace(rules, new, old)
  wait_for(rules, {})
end

function tests.a_changed_schema_counts_in_policies_and_back()
  local rules = open("rules/rules.cedar")
  local schema = open("rules/healthcare.cedarschema")
  replace(schema, "subjectCount: Long", "subjectCount: String")
  vim.wait(PATIENCE_MS, function() return #wrong(rules) > 0 end, 10)
  check(wrong(rules)[1][3]:find("number", 1, true) or wrong(rules)[1][3]:find("Long", 1, true), wrong(rules)[1])
  -- While it cannot be read, policies mean what they last meant.
  replace(schema, "subjectCount: String", "subjectCount: ")
  vim.wait(PATIENCE_MS, function() return #wrong(schema) > 0 end, 10)
  replace(schema, "subjectCount: ", "subjectCount: Long")
  wait_for(schema, {})
  wait_for(rules, {})
end

function tests.tables_are_checked()
  local vocabulary = open("matrix/vocabulary.tsv")
  local matrix = open("matrix/usecase-matrix.txt")
  wait_for(vocabulary, {})
  replace(vocabulary, 'Role::"nurse"', 'Role::"nurze"')
  local row = find(vocabulary, "nurze")
  local _, column = find(vocabulary, 'Role::"nurze"')
  wait_for(vocabulary, { { row, column, "`nurze` is not one of the ids of `Role`" } })
  replace(vocabulary, "nurze", "nurse")
  wait_for(vocabulary, {})
  -- Another phrase, which the matrix does not say.
  replace(vocabulary, "role\t医師", "role\tお医者さん")
  vim.wait(PATIENCE_MS, function() return #wrong(matrix) > 0 end, 10)
  check(wrong(matrix)[1][3]:find("医師", 1, true), wrong(matrix)[1])
  replace(vocabulary, "role\tお医者さん", "role\t医師")
  wait_for(matrix, {})
end

function tests.hover_says_types_labels_and_rows()
  local rules = open("rules/rules.cedar")
  check(hover(rules, "principal.roles", 12):find("Person.roles: Set<Role>", 1, true))
  check(hover(rules, "principal.roles", 2):find("principal: Person", 1, true))
  check(hover(rules, "roles.contains", 8):find("Bool", 1, true))
  local vocabulary = open("matrix/vocabulary.tsv")
  check(hover(vocabulary, 'Role::"nurse"', 8):find("看護師 - nurse", 1, true))
  local matrix = open("matrix/usecase-matrix.txt")
  local row = hover(matrix, "①-1\t", 1)
  check(row:find("職種 (role): 医師 - physician", 1, true), row)
  check(row:find("permit (", 1, true), row)
  check(hover(matrix, "新規の患者", 1):find("new patient", 1, true))
end

function tests.definitions_and_references_cross_files()
  local rules = open("rules/rules.cedar")
  local schema = open("rules/healthcare.cedarschema")
  local line = find(schema, "  roles: ")
  equal(at(ask(rules, "definition", "principal.roles", 12)), { { "healthcare.cedarschema", line } })
  local all = ask(schema, "references", "  roles: ", 3, { context = { includeDeclaration = true } })
  local others = ask(schema, "references", "  roles: ", 3, { context = { includeDeclaration = false } })
  local _, uses = table.concat(lines(rules), "\n"):gsub("%.roles", "")
  check(uses > 30)
  equal(#others, uses)
  equal(#all, uses + 1)
  local matrix = open("matrix/usecase-matrix.txt")
  local vocabulary = open("matrix/vocabulary.tsv")
  local phrase = find(vocabulary, "role\t医師")
  equal(at(ask(matrix, "definition", "医師", 1)), { { "vocabulary.tsv", phrase } })
end

function tests.completion_knows_types()
  local rules = open("rules/rules.cedar")
  local old = 'principal.roles.contains(Role::"physician")'
  for written, expected in pairs({
    ["principal."] = "roles",
    ["principal.roles.contains("] = 'Role::"nurse"',
    ["context.location == Location::"] = '"hospital"',
    ["resource.subject has "] = "familyDoctors",
  }) do
    replace(rules, old, written)
    local found = labels(rules, written, #written)
    check(vim.tbl_contains(found, expected), written, found)
    replace(rules, written, old)
  end
  wait_for(rules, {})
end

function tests.a_rename_changes_all_files_and_breaks_nothing()
  local rules = open("rules/rules.cedar")
  local schema = open("rules/healthcare.cedarschema")
  local edit = ask(schema, "rename", "  roles: ", 3, { newName = "jobs" })
  vim.lsp.util.apply_workspace_edit(edit, "utf-16")
  check(not table.concat(lines(rules), "\n"):find(".roles", 1, true))
  check(find(schema, "  jobs: "))
  -- Names are not changed where there are errors.
  local back, refusal = ask(rules, "rename", ".jobs", 2, { newName = "roles" })
  check(back, refusal)
  vim.lsp.util.apply_workspace_edit(back, "utf-16")
  wait_for(rules, {})
  local _, failure = ask(schema, "rename", "  roles: ", 3, { newName = "family" })
  check(failure.message:find("already", 1, true), failure)
end

function tests.formatting_keeps_what_is_laid_out()
  local rules = open("rules/rules.cedar")
  local function format()
    vim.lsp.util.apply_text_edits(
      ask(rules, "formatting", "permit", 0, { options = { tabSize = 2, insertSpaces = true } }),
      rules, "utf-16")
    return lines(rules)
  end
  local laid_out = format()
  replace(rules, "permit (", "permit   (   ")
  check(not vim.deep_equal(lines(rules), laid_out))
  equal(format(), laid_out)
  equal(format(), laid_out)
end

function tests.code_actions_mend()
  local rules = open("rules/rules.cedar")
  replace(rules, "roles.contains", "rols.contains")
  local row, column = find(rules, "rols.contains")
  wait_for(rules, { { row, column, "`Person` has no attribute `rols`" } })
  local actions = ask(rules, "codeAction", "rols.contains", 0, {
    range = { start = { line = row, character = 0 }, ["end"] = { line = row, character = 80 } },
    context = { diagnostics = {} },
  })
  equal(#actions, 1)
  equal(actions[1].title, "write `roles`")
  vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
  wait_for(rules, {})
end

function tests.what_is_not_meant_is_said_by_the_rule_it_breaks()
  local rules = open("rules/rules.cedar")
  local old = 'principal.roles.contains(Role::"physician")'
  local new = "principal.roles == principal.roles"
  replace(rules, old, new)
  local row = find(rules, new)
  vim.wait(PATIENCE_MS, function()
    return vim.tbl_contains(
      vim.tbl_map(code, vim.diagnostic.get(rules, { lnum = row })), "self-comparison")
  end, 10)
  equal(vim.tbl_map(code, vim.diagnostic.get(rules, { lnum = row })), { "self-comparison" })
  replace(rules, new, old)
  vim.wait(PATIENCE_MS, function() return #vim.diagnostic.get(rules, { lnum = row }) == 0 end, 10)
  equal(vim.diagnostic.get(rules, { lnum = row }), {})
end

local function run()
  local names = vim.tbl_keys(tests)
  table.sort(names)
  for _, name in ipairs(names) do
    io.stdout:write(name, "\n")
    tests[name]()
  end
  vim.lsp.stop_client(client)
  vim.wait(PATIENCE_MS, function() return exit_code ~= nil end, 10)
  equal(exit_code, 0)
end

local ok, failure = xpcall(run, debug.traceback)
if not ok then io.stderr:write(failure, "\n") end
vim.cmd(ok and "qall!" or "cquit 1")
