# Targets: ZeusBso::client, and ZeusBso::api, the messages and stubs alone.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(gRPC CONFIG) # Brings Protobuf and Abseil.
include(${CMAKE_CURRENT_LIST_DIR}/ZeusBsoTargets.cmake)
