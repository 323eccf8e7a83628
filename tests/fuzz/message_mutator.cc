#include "tests/fuzz/message_mutator.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "google/protobuf/descriptor.h"

namespace zeus::bso::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Names and numbers that requests share, so that they meet; bounds, and what lies beyond them.
const std::array<std::string, 8> kStrings = {"job", "job",   "window",   "pruning",
                                             "",    "job-1", "\xc3\xa9", std::string(300, 'a')};
constexpr std::array<int64_t, 20> kIntegers = {0,
                                               1,
                                               1,
                                               2,
                                               2,
                                               3,
                                               4,
                                               5,
                                               16,
                                               32,
                                               32,
                                               64,
                                               100,
                                               -1,
                                               int64_t{1} << 40,
                                               (int64_t{1} << 40) + 1,
                                               1024,
                                               std::numeric_limits<int64_t>::max(),
                                               std::numeric_limits<int64_t>::max() - 1,
                                               std::numeric_limits<int64_t>::min()};
constexpr std::array<double, 16> kDoubles = {0,
                                             1,
                                             0.5,
                                             2,
                                             10,
                                             100,
                                             150,
                                             1e50,
                                             1e100,
                                             1e-300,
                                             5e-324,
                                             -1,
                                             -0.0,
                                             std::numeric_limits<double>::quiet_NaN(),
                                             std::numeric_limits<double>::infinity(),
                                             std::numeric_limits<double>::max()};

size_t Below(size_t bound, Random& random) { return random() % bound; }

template <typename Values>
const auto& Any(const Values& values, Random& random) {
  return values[Below(values.size(), random)];
}

void SetOrAdd(Message& message, const FieldDescriptor& field, Random& random) {
  const Reflection& reflection = *message.GetReflection();
  const auto put = [&](auto set, auto add, auto value) {
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, value);
    } else {
      (reflection.*set)(&message, &field, value);
    }
  };
  const int64_t integer = Any(kIntegers, random);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::SetInt32, &Reflection::AddInt32, static_cast<int32_t>(integer));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, integer);
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<uint32_t>(integer));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, static_cast<uint64_t>(integer));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::SetDouble, &Reflection::AddDouble, Any(kDoubles, random));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::SetFloat, &Reflection::AddFloat, static_cast<float>(Any(kDoubles, random)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, Below(2, random) == 1);
    case FieldDescriptor::CPPTYPE_ENUM:
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, static_cast<int>(Below(6, random)) - 1);
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString, Any(kStrings, random));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillMessage(
          field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
          random);
  }
}

void MutateRepeated(Message& message, const FieldDescriptor& field, Random& random) {
  const Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &field);
  const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (size == 0 || Below(4, random) == 0) return SetOrAdd(message, field, random);
  const auto any = static_cast<int>(Below(static_cast<size_t>(size), random));
  if (is_message && Below(2, random) == 0)
    return MutateMessage(*reflection.MutableRepeatedMessage(&message, &field, any), random);
  reflection.SwapElements(&message, &field, any, size - 1);
  if (Below(2, random) == 0) return;
  reflection.RemoveLast(&message, &field);
  if (Below(2, random) == 0) SetOrAdd(message, field, random);
}

void MutateField(Message& message, const FieldDescriptor& field, Random& random) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return MutateRepeated(message, field, random);
  if (Below(8, random) == 0) return reflection.ClearField(&message, &field);
  const bool has = field.has_presence() && reflection.HasField(message, &field);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && has) {
    return MutateMessage(*reflection.MutableMessage(&message, &field), random);
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 && Below(2, random) == 0) {
    // As unsigned, which may overflow.
    const auto value = static_cast<uint64_t>(reflection.GetInt64(message, &field));
    return reflection.SetInt64(&message, &field, static_cast<int64_t>(Below(2, random) == 0 ? value + 1 : value - 1));
  }
  SetOrAdd(message, field, random);
}

}  // namespace

void MutateMessage(Message& message, Random& random) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.field_count() == 0) return;
  // Of a oneof mostly the field that is set.
  const FieldDescriptor* field = type.field(static_cast<int>(Below(static_cast<size_t>(type.field_count()), random)));
  if (field->real_containing_oneof() != nullptr && Below(4, random) != 0) {
    const FieldDescriptor* const set =
        message.GetReflection()->GetOneofFieldDescriptor(message, field->real_containing_oneof());
    if (set != nullptr) field = set;
  }
  MutateField(message, *field, random);
}

void FillMessage(Message& message, Random& random) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.real_containing_oneof() == nullptr && Below(4, random) != 0) SetOrAdd(message, field, random);
  }
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const auto& oneof = *type.oneof_decl(i);
    SetOrAdd(message, *oneof.field(static_cast<int>(Below(static_cast<size_t>(oneof.field_count()), random))), random);
  }
}

}  // namespace zeus::bso::fuzz
