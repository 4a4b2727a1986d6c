# Compiler, warnings, sanitizers; ccache and mold where they are.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# CHECKs do not depend on NDEBUG; asserts of libraries stay on too.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-O2 -g" "-Og -g1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Werror
                    -Wno-missing-field-initializers)
# TRY expands to a variable whose name is made unique by __COUNTER__; paths in binaries start at the source folder.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

option(MUSTER_FUZZ "Link fuzz targets with libFuzzer; needs clang" OFF)
set(MUSTER_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(MUSTER_SANITIZE)
  add_compile_options(-fsanitize=${MUSTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MUSTER_SANITIZE})
  # What the standard library asserts in the release build is asserted here too: most tests run with a sanitizer alone.
  add_compile_options(-D_GLIBCXX_ASSERTIONS)
  # What these three find, ASan finds when the address is used; without them the compiler needs a quarter less time.
  add_compile_options(-fno-sanitize=null,alignment,object-size)
  # What sanitizers add makes GCC 12 see uninitialized reads in <regex>; the release build keeps the warning, and clang
  # has none of that name.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(MUSTER_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan)  # Boost uses fences, which it cannot follow
  endif()
endif()

# What is shipped stops where memory is overwritten, and offers less to whoever overwrites it; tests/hardening checks it.
# Sanitizers look for the same faults, and _FORTIFY_SOURCE would hide some from them.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MUSTER_SANITIZE)
  add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection)
  add_compile_options(-D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro,-z,now)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
  endif()
endif()

find_program(MUSTER_CCACHE ccache)
if(MUSTER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MUSTER_CCACHE})
endif()
find_program(MUSTER_MOLD mold)
if(MUSTER_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(MUSTER_BIN_DIR ${CMAKE_BINARY_DIR}/bin CACHE PATH "Where the two programs go")
