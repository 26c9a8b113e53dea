# node/page/texts/compiled.cmake - the languages beside this, put into the program as bytes: English first, then by their
# codes. Included by CMakeLists.txt it adds the step; run as a script (cmake -P) it is that step. The phone for browsers
# has its part of each file by phone/bundle.mjs.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(compiled_texts ${CMAKE_CURRENT_BINARY_DIR}/page/language_files.cpp)
  file(GLOB languages CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.json)
  add_custom_command(OUTPUT ${compiled_texts}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${compiled_texts} -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${languages} ${CMAKE_CURRENT_LIST_FILE}
    COMMENT "" VERBATIM)
  target_sources(node PRIVATE ${compiled_texts})
  return()
endif()

file(GLOB languages ${CMAKE_CURRENT_LIST_DIR}/*.json)
list(SORT languages)
list(REMOVE_ITEM languages ${CMAKE_CURRENT_LIST_DIR}/en.json)
list(PREPEND languages ${CMAKE_CURRENT_LIST_DIR}/en.json)
set(arrays)
set(rows)
foreach(language ${languages})
  get_filename_component(code ${language} NAME_WE)
  file(READ ${language} hex HEX)
  # Not as one string: the standard promises no more than 65,536 characters of one.
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(MAKE_C_IDENTIFIER "${code}" name)
  string(APPEND arrays "constexpr char in_${name}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${code}\", {in_${name}, sizeof(in_${name})}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by node/page/texts/compiled.cmake.
#include \"node/page/texts/language_files.hpp\"

namespace node {

namespace {
${arrays}
constexpr LanguageFile all[] = {
${rows}};
}  // namespace

std::span<const LanguageFile> language_files() noexcept {
    return all;
}

}  // namespace node
")
