# One target per folder: muster_folder(lib/base DEPENDS ...) builds every .cc of that folder into a static library that
# other targets name by the folder. PRIVATE libraries are seen by this folder's sources alone.

function(muster_target_name folder out)
  if(folder MATCHES "::")
    set(${out} ${folder} PARENT_SCOPE)
  else()
    string(REPLACE "/" "_" name ${folder})
    set(${out} ${name} PARENT_SCOPE)
  endif()
endfunction()

# Compiles the sources of a folder as one file: the headers, which cost most, are read once. Names in anonymous namespaces
# must therefore be unique within a folder. The preset `debug` compiles file by file, which is quicker when editing.
option(MUSTER_UNITY "Compile each folder as one file" ON)
function(muster_unity target)
  if(MUSTER_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    # A .cc that is included looks like a header to the compiler; file by file this warning is on.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(muster_link target scope)
  foreach(dependency ${ARGN})
    muster_target_name(${dependency} name)
    target_link_libraries(${target} ${scope} ${name})
  endforeach()
endfunction()

function(muster_folder folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
  muster_target_name(${folder} target)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  if(sources)
    add_library(${target} STATIC ${sources})
    muster_unity(${target})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    muster_link(${target} PUBLIC ${ARG_DEPENDS})
    muster_link(${target} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(${target} INTERFACE)
    muster_link(${target} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

function(muster_program name main)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${main})
    return()
  endif()
  add_executable(${name} ${main})
  muster_link(${name} PRIVATE ${ARG_DEPENDS})
  target_compile_definitions(${name} PRIVATE MUSTER_VERSION="v${PROJECT_VERSION}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${MUSTER_BIN_DIR})
endfunction()

# muster_tests(unit/json LABEL unit DEPENDS lib/json): every .cc of tests/<folder> in one GoogleTest program. With
# CLUSTER it runs beside a control plane of its own, with our CRDs, whose kubeconfig it finds in MUSTER_TEST_KUBECONFIG.
# The target test_programs_<label> builds all programs of a label. With LONG, tests named Long... are a ctest test of their
# own, <name>_long with the label <label>_long, which only `make test-all` runs.
function(muster_tests folder)
  cmake_parse_arguments(ARG "CLUSTER;LONG" "LABEL;TIMEOUT" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cc)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" name ${folder})
  add_executable(${name} ${sources})
  muster_unity(${name})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE MUSTER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  muster_link(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  muster_test_program(${name} ${ARG_LABEL})
  # What tests spend is spent in what they test: their own code is compiled in two thirds of the time (with sanitizers in
  # half). Scenarios simulate at length.
  if(NOT ARG_LABEL STREQUAL "scenario")
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)  # which needs optimization
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(ARG_CLUSTER)
    set(crds "kubectl apply --server-side -f '${CMAKE_SOURCE_DIR}/crds' && kubectl wait crd --all --for=condition=Established")
    set(with_cluster ${CMAKE_SOURCE_DIR}/tests/cluster/with.sh --name ${name} --
                     bash -c "(${crds}) >/dev/null && MUSTER_TEST_KUBECONFIG=$KUBECONFIG exec \"$@\"" ${name})
  else()
    set(with_cluster)
  endif()
  set(brief --gtest_brief=1)
  if(ARG_LABEL STREQUAL "e2e")
    set(brief)  # how long each test took
  endif()
  if(ARG_LONG)
    add_test(NAME ${name}_long COMMAND $<TARGET_FILE:${name}> ${brief} --gtest_filter=Long*)
    set_tests_properties(${name}_long PROPERTIES LABELS "${ARG_LABEL}_long" TIMEOUT ${ARG_TIMEOUT})
    list(APPEND brief --gtest_filter=-Long*)
  endif()
  add_test(NAME ${name} COMMAND ${with_cluster} $<TARGET_FILE:${name}> ${brief})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

function(muster_test_program target label)
  if(NOT TARGET test_programs_${label})
    add_custom_target(test_programs_${label})
  endif()
  add_dependencies(test_programs_${label} ${target})
endfunction()

# Files put into a folder's library as text: `std::string_view <function>()` of the folder's header, which declares it in
# `namespace`. muster_embed(kubectl-plugin/cmd muster::plugin WorkloadCrdText crds/muster.dev_workloads.yaml)
function(muster_embed folder namespace function file)
  muster_target_name(${folder} target)
  set(path ${CMAKE_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  set(source ${CMAKE_BINARY_DIR}/embedded/${function}.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
       "#include <string_view>\nnamespace @namespace@ {\nstd::string_view @function@();\nstd::string_view @function@() {\n  return R\"embedded(@text@)embedded\";\n}\n}  // namespace @namespace@\n")
  target_sources(${target} PRIVATE ${source})
endfunction()
