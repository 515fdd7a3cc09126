#include "measure/protocol.h"

#include <array>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

struct Ends {
  FileDescriptor a, b;
};

Ends make_socket() {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  return {FileDescriptor(pair[0]), FileDescriptor(pair[1])};
}

TEST(Frames, FindsFramesInAnyPieces) {
  FrameBuffer buffer;
  const std::string stream("\3\0\0\0abc\1\0\0\0d", 12);
  std::vector<std::string> frames;
  for (const char byte : stream) {
    buffer.add({&byte, 1});
    if (auto frame = buffer.next().value()) frames.push_back(*frame);
  }
  EXPECT_EQ(frames, (std::vector<std::string>{"abc", "d"}));
  EXPECT_FALSE(buffer.partial());
}

TEST(Frames, RefusesImpossibleLengths) {
  FrameBuffer empty;
  empty.add({"\0\0\0\0", 4});
  EXPECT_EQ(empty.next().error().kind, ErrorKind::corrupt);
  FrameBuffer huge;
  huge.add({"\1\0\0\1", 4});
  EXPECT_THAT(huge.next().error().message, HasSubstr("16777217"));
}

TEST(Frames, CarriesFramesLargerThanTheSocketsBuffer) {
  Ends ends = make_socket();
  const std::string large(kMaxFrameBytes, 'x');
  std::jthread writer([&] {
    EXPECT_TRUE(write_frame(ends.a.get(), large, kNever).ok());
    ends.a.close();
  });
  FrameBuffer buffer;
  EXPECT_EQ(read_frame(ends.b.get(), buffer).value(), large);
  EXPECT_EQ(read_frame(ends.b.get(), buffer).value(), std::nullopt);
}

TEST(Frames, TellsAnEndInTheMiddleOfAFrame) {
  Ends ends = make_socket();
  ASSERT_EQ(::write(ends.a.get(), "\3\0\0\0a", 5), 5);
  ends.a.close();
  FrameBuffer buffer;
  EXPECT_EQ(read_frame(ends.b.get(), buffer).error().message,
            "the connection ended in the middle of a message");
}

TEST(Frames, WritesToNobodyWithoutASignal) {
  Ends ends = make_socket();
  ends.b.close();
  EXPECT_EQ(write_frame(ends.a.get(), "x", kNever).error().kind, ErrorKind::io);
}

TEST(Frames, GivesUpOnAReaderThatDoesNotRead) {
  Ends ends = make_socket();
  const int flags = ::fcntl(ends.a.get(), F_GETFL);
  ::fcntl(ends.a.get(), F_SETFL, flags | O_NONBLOCK);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  EXPECT_THAT(write_frame(ends.a.get(), std::string(kMaxFrameBytes, 'x'), deadline).error().message,
              HasSubstr("does not read"));
}

TEST(Frames, RefusesMessagesThatAreNone) {
  EXPECT_EQ(write_frame(-1, "", kNever).error().kind, ErrorKind::internal);
  EXPECT_EQ(write_frame(-1, std::string(kMaxFrameBytes + 1, 'x'), kNever).error().kind, ErrorKind::internal);
}

}  // namespace
}  // namespace tamis
