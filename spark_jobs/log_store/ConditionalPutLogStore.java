package casparian;

import io.delta.storage.HadoopFileSystemLogStore;
import io.delta.storage.internal.S3LogStoreUtil;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Delta's log on S3 for many writers: a commit is one PUT that the store refuses where the file is
 * there already ({@code If-None-Match: *}). Spark's drivers, Trino and delta-rs, which ask the same
 * of the store, may write one table side by side; who comes second is told so.
 *
 * <p>The client is S3A's own, with its address, keys and certificates. The header is set by hand:
 * this version of the SDK does not know it by name.
 */
public class ConditionalPutLogStore extends HadoopFileSystemLogStore {
  private static final int HELD = 412;
  private static final int MEANWHILE = 409; // two such requests at once; the store settled neither

  public ConditionalPutLogStore(Configuration settings) {
    super(settings);
  }

  @Override
  public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration settings)
      throws IOException {
    S3AFileSystem files = s3(path.getFileSystem(settings), path);
    byte[] content = lines(actions);
    S3Client client = files.getS3AInternals().getAmazonS3Client("Delta's log");
    PutObjectRequest.Builder put = PutObjectRequest.builder().bucket(bucket(path)).key(key(path));
    if (!overwrite) {
      put.overrideConfiguration(asked -> asked.putHeader("If-None-Match", "*"));
    }
    try {
      client.putObject(put.build(), RequestBody.fromBytes(content));
    } catch (AwsServiceException refused) {
      if (overwrite || (refused.statusCode() != HELD && refused.statusCode() != MEANWHILE)) {
        throw new IOException("The log of " + path + " could not be written", refused);
      }
      if (!isMine(client, path, content)) {
        throw new FileAlreadyExistsException(path.toString());
      }
    } catch (SdkException failed) {
      throw new IOException("The log of " + path + " could not be written", failed);
    }
  }

  /**
   * Whether the file there is the one that we wrote: the client asks again when an answer is lost,
   * and is then refused by its own file. Each commit names its transaction, so no two are equal.
   */
  private static boolean isMine(S3Client client, Path path, byte[] content) throws IOException {
    GetObjectRequest get = GetObjectRequest.builder().bucket(bucket(path)).key(key(path)).build();
    try {
      return Arrays.equals(client.getObjectAsBytes(get).asByteArray(), content);
    } catch (AwsServiceException refused) {
      if (refused.statusCode() == 404) {
        return false;
      }
      throw new IOException("It is not known whether " + path + " was written", refused);
    } catch (SdkException failed) {
      throw new IOException("It is not known whether " + path + " was written", failed);
    }
  }

  /** The files of the log from this one on; asks for these alone, however long the log is. */
  @Override
  public Iterator<FileStatus> listFrom(Path path, Configuration settings) throws IOException {
    FileSystem files = path.getFileSystem(settings);
    FileStatus[] found = S3LogStoreUtil.s3ListFromArray(s3(files, path), path, path.getParent());
    if (found.length == 0 && !files.exists(path.getParent())) {
      throw new FileNotFoundException("No such file or directory: " + path.getParent());
    }
    return Arrays.stream(found)
        .filter(each -> each.getPath().getParent().equals(path.getParent()))
        .filter(each -> each.getPath().getName().compareTo(path.getName()) >= 0)
        .sorted(Comparator.comparing(each -> each.getPath().getName()))
        .iterator();
  }

  @Override
  public Boolean isPartialWriteVisible(Path path, Configuration settings) {
    return false; // an object is there whole or not at all
  }

  private static byte[] lines(Iterator<String> actions) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    while (actions.hasNext()) {
      content.write(actions.next().getBytes(StandardCharsets.UTF_8));
      content.write('\n');
    }
    return content.toByteArray();
  }

  private static S3AFileSystem s3(FileSystem files, Path path) throws IOException {
    FileSystem inner = files;
    while (inner instanceof FilterFileSystem) {
      inner = ((FilterFileSystem) inner).getRawFileSystem();
    }
    if (!(inner instanceof S3AFileSystem)) {
      throw new IOException(path + " does not lie on S3A");
    }
    return (S3AFileSystem) inner;
  }

  private static String bucket(Path path) {
    return path.toUri().getHost();
  }

  private static String key(Path path) {
    return path.toUri().getPath().substring(1);
  }
}
