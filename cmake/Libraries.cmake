# The libraries from outside, each behind one name and all as SYSTEM, so that our warnings are not theirs.
# Versions are Debian 12's; see docs/libraries.md for what each is used for and where its door is.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)

add_library(muster_expected INTERFACE)
find_path(MUSTER_EXPECTED_INCLUDE tl/expected.hpp REQUIRED)
target_include_directories(muster_expected SYSTEM INTERFACE ${MUSTER_EXPECTED_INCLUDE})
add_library(muster::expected ALIAS muster_expected)

add_library(muster_rapidjson INTERFACE)
find_path(MUSTER_RAPIDJSON_INCLUDE rapidjson/reader.h REQUIRED)
target_include_directories(muster_rapidjson SYSTEM INTERFACE ${MUSTER_RAPIDJSON_INCLUDE})
add_library(muster::rapidjson ALIAS muster_rapidjson)
# Its stack begins at a null pointer and adds to it, which clang's UBSan reports and every compiler takes.
set_source_files_properties(${CMAKE_SOURCE_DIR}/lib/json/text.cc PROPERTIES
                            COMPILE_OPTIONS -fno-sanitize=pointer-overflow)

add_library(muster_cpprest INTERFACE)
find_library(MUSTER_CPPREST cpprest REQUIRED)
find_library(MUSTER_BOOST_SYSTEM boost_system REQUIRED)
target_link_libraries(muster_cpprest INTERFACE ${MUSTER_CPPREST} ${MUSTER_BOOST_SYSTEM} OpenSSL::SSL OpenSSL::Crypto
                      Threads::Threads)
add_library(muster::cpprest ALIAS muster_cpprest)
# Its classes' type descriptions stand in the library and, by its headers, in our object too; UBSan takes them for two.
set_source_files_properties(${CMAKE_SOURCE_DIR}/lib/client/transport_http.cc PROPERTIES
                            COMPILE_OPTIONS -fno-sanitize=vptr)

# Lite, with the code made from lib/wire/watch_event.proto, whose warnings are protoc's.
find_package(Protobuf 3.21 REQUIRED)
set(MUSTER_PROTO_DIR ${CMAKE_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${MUSTER_PROTO_DIR})
add_custom_command(
  OUTPUT ${MUSTER_PROTO_DIR}/lib/wire/watch_event.pb.cc ${MUSTER_PROTO_DIR}/lib/wire/watch_event.pb.h
  COMMAND protobuf::protoc --cpp_out=${MUSTER_PROTO_DIR} -I ${CMAKE_SOURCE_DIR}
          ${CMAKE_SOURCE_DIR}/lib/wire/watch_event.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/lib/wire/watch_event.proto protobuf::protoc)
add_library(muster_watch_proto STATIC ${MUSTER_PROTO_DIR}/lib/wire/watch_event.pb.cc
                                      ${MUSTER_PROTO_DIR}/lib/wire/watch_event.pb.h)
target_compile_options(muster_watch_proto PRIVATE -w)
target_include_directories(muster_watch_proto SYSTEM PUBLIC ${MUSTER_PROTO_DIR})
target_link_libraries(muster_watch_proto PUBLIC protobuf::libprotobuf-lite)
add_library(muster::watch_proto ALIAS muster_watch_proto)

add_library(muster_yaml INTERFACE)
target_link_libraries(muster_yaml INTERFACE yaml-cpp)
add_library(muster::yaml ALIAS muster_yaml)

# Core only: the Exposer's civetweb has CVE-2025-55763, so metrics are served by our own listener.
add_library(muster_prometheus INTERFACE)
target_link_libraries(muster_prometheus INTERFACE prometheus-cpp::core)
add_library(muster::prometheus ALIAS muster_prometheus)

add_library(muster_cli INTERFACE)
target_link_libraries(muster_cli INTERFACE CLI11::CLI11)
add_library(muster::cli ALIAS muster_cli)
