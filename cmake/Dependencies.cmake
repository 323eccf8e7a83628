# What the project stands on. Each is a Debian package; docs/architecture.md says why it is here.

find_package(Threads REQUIRED)
find_package(gRPC CONFIG REQUIRED) # Brings Protobuf, Abseil and OpenSSL.
find_package(RocksDB CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(Boost 1.74 REQUIRED) # Beast and Asio, HTTP; headers only.
find_library(NGHTTP2_LIBRARY nghttp2 REQUIRED) # HTTP/2 of the health listener.
find_package(prometheus-cpp CONFIG REQUIRED) # The text format of metrics; only prometheus-cpp::core is linked.
find_package(Eigen3 REQUIRED NO_MODULE) # Linear algebra of the curves policy; headers only.

# The allocator of the servers; the sanitizers bring their own.
if(NOT ZEUS_BSO_SANITIZE)
  find_library(TCMALLOC_LIBRARY tcmalloc_minimal REQUIRED)
endif()

# The interface files of google.rpc (error details) and of the gRPC health service.
find_path(GOOGLEAPIS_PROTO_DIR google/rpc/error_details.proto
          PATHS /usr/share/gocode/src/github.com/gogo/googleapis REQUIRED)
find_path(GRPC_PROTO_DIR health/v1/health.proto PATHS /usr/share/grpc-proto/grpc REQUIRED)

set(ZEUS_BSO_PYTHON /usr/bin/python3 CACHE FILEPATH "A Python that has grpcio, for the Python client and its tests")
